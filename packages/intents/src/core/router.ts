import { type AdminMachinePart, type OtherActions, requireRole, schemaPath } from './admin-machine.ts';
import { type Intent, readIntent } from './envelope.ts';
import { IntentError } from './errors.ts';
import { type IncomingCall, incomingCall } from './incoming-call.ts';
import { type PlainAnswer, type PlainCall, toResponse, webCall } from './plain-call.ts';
import { buildRuntime, type Dispatch, type Runtime, runThrough } from './runtime.ts';
import {
  type ActionSchemas,
  actionsOf,
  type CustomActionOptions,
  type FoundAction,
  type IntentArgs,
  type IntentContext,
  type IntentService,
} from './service.ts';
import { checkPayload, checkResult } from './standard-schema.ts';
import { type Surface, surfaceOfCredential, surfaces } from './surfaces.ts';

/** One surface, ready to be mounted: where it belongs, and what answers there. */
export interface MountedSurface {
  readonly surface: Surface;
  readonly path: string;
  /** Every address that it answers at: its own, and those below it. */
  readonly paths: readonly string[];
  /** Answers a call as the server has it: what adapters use. */
  readonly answer: (call: PlainCall) => Promise<PlainAnswer>;
  /** The same for the web's requests. */
  readonly fetch: (request: Request) => Promise<Response>;
}

/** How a surface knows its caller and reaches its data. */
export interface SurfaceOptions<User, Db> {
  /** Who calls; `null` for nobody that is known, which is answered with `UNAUTHENTICATED`. May add to the context. */
  readonly getUser: (call: IncomingCall) => User | null | Promise<User | null>;
  /** What handlers reach their data by; `Symbol.asyncDispose` of it, where it has one, is called when the call is over. */
  readonly getDb: (call: { readonly request: Request; readonly context: IntentContext }) => Db | Promise<Db>;
  /** Where the surface is mounted, if not at its usual address. */
  readonly path?: string;
}

/** One action of one model, as a surface shows it. */
export interface ShownAction {
  readonly model: string;
  readonly name: string;
  /** `undefined` for the usual ones. */
  readonly custom: CustomActionOptions | undefined;
  readonly schemas: ActionSchemas;
  readonly isReadOnly: boolean;
}

const requestIdPattern = /^[\w.-]{8,64}$/;

/**
 * The models of a product behind one endpoint (A1). Registering gives the router with the model in its type, so that a client
 * made of `typeof router` knows every action.
 *
 * @example
 * export const router = new IntentRouter().register('Todo', new TodoService());
 * app.post('/api/intent', toHono(router.build({ getUser, getDb })));
 */
export class IntentRouter<Models extends Record<string, IntentService> = Record<never, never>> {
  readonly #models = new Map<string, ReadonlyMap<string, FoundAction>>();
  /** By surface; found out anew when something was registered. */
  readonly #shown = new Map<Surface, ReadonlyMap<string, ReadonlyMap<string, FoundAction>>>();
  readonly #runtime: Runtime;
  #adminMachine:
    | {
        readonly part: AdminMachinePart;
        readonly models: ReadonlyMap<string, ReadonlyMap<string, FoundAction>>;
      }
    | undefined;

  constructor(options: { readonly runtime?: Runtime } = {}) {
    this.#runtime = options.runtime ?? buildRuntime();
  }

  /** @throws TypeError when there is such a model already, or one of the service's actions can't be one */
  register<Name extends string, Service extends IntentService>(
    name: Name,
    service: Service,
  ): IntentRouter<Models & Record<Name, Service>> {
    if (this.#models.has(name)) throw new TypeError(`There is a model ${name} already`);
    const actions = actionsOf(service);
    refuseClash(name, actions, this.#adminMachine?.models.get(name));
    this.#models.set(name, actions);
    this.#shown.clear();
    return this as unknown as IntentRouter<Models & Record<Name, Service>>;
  }

  /**
   * Adds models and a gate to the admin-machine surface alone (A6). Services that are registered keep their handlers on their own
   * surfaces, whatever their names are.
   * @throws TypeError when something was added before, or an action for administrators has the name of one that is added
   */
  addToAdminMachine(part: AdminMachinePart): void {
    if (this.#adminMachine) throw new TypeError('Something was added to the admin-machine surface already');
    const models = new Map([...part.models].map(([name, service]) => [name, actionsOf(service)]));
    for (const [name, actions] of models) refuseClash(name, this.#models.get(name), actions);
    this.#adminMachine = { part, models };
    this.#shown.clear();
  }

  /** The standard surface: people of the product. */
  build<User, Db>(options: SurfaceOptions<User, Db>): MountedSurface {
    return this.#mount('standard', options);
  }

  /** The machine surface: other services. */
  buildMachine<User, Db>(options: SurfaceOptions<User, Db>): MountedSurface {
    return this.#mount('machine', options);
  }

  /** What the MCP surface dispatches by; `@castellan/intents/mcp` makes a server of it. */
  buildMcpDispatch<User, Db>(options: SurfaceOptions<User, Db>): MountedSurface {
    return this.#mount('mcp', options);
  }

  /** Every action that a surface shows, by model. */
  describe(surface: Surface): readonly ShownAction[] {
    return [...this.#shownAt(surface)].flatMap(([model, actions]) =>
      [...actions.values()].map(({ name, custom, schemas }) => ({
        model,
        name,
        custom,
        schemas,
        isReadOnly: isReadOnly(name, custom),
      })),
    );
  }

  /** What a surface shows, by model and name; a model of which it shows nothing is not there. */
  #shownAt(surface: Surface): ReadonlyMap<string, ReadonlyMap<string, FoundAction>> {
    let shown = this.#shown.get(surface);
    if (!shown) {
      const added = surface === 'admin_machine' ? this.#adminMachine?.models : undefined;
      const names = new Set([...this.#models.keys(), ...(added?.keys() ?? [])]);
      const found = new Map<string, ReadonlyMap<string, FoundAction>>();
      for (const model of names) {
        const registered = [...(this.#models.get(model)?.values() ?? [])];
        const actions = [
          ...(added?.get(model)?.values() ?? []),
          ...registered.filter((action) => isVisible(surface, action)),
        ];
        if (actions.length > 0) found.set(model, new Map(actions.map((action) => [action.name, action])));
      }
      shown = found;
      this.#shown.set(surface, shown);
    }
    return shown;
  }

  /** The legacy admin surface: the product's own administrators, as `isAdmin` knows them. */
  buildLegacyAdmin<User, Db>(
    options: SurfaceOptions<User, Db> & { readonly isAdmin: (user: User) => boolean | Promise<boolean> },
  ): MountedSurface {
    return this.#mount('legacy_admin', {
      ...options,
      getUser: async (call) => {
        const user = await options.getUser(call);
        if (user !== null && !(await options.isAdmin(user)))
          throw new IntentError('FORBIDDEN', 'This surface is for administrators of the product.');
        return user;
      },
    });
  }

  /** The admin-machine surface: the platform, for an operator. */
  buildAdminMachine<User, Db>(options: SurfaceOptions<User, Db>): MountedSurface {
    return this.#mount('admin_machine', options);
  }

  #mount<User, Db>(surface: Surface, options: SurfaceOptions<User, Db>): MountedSurface {
    const path = options.path ?? surfaces[surface].path;
    const answer = (call: PlainCall): Promise<PlainAnswer> => this.#answer(surface, options, call);
    return {
      surface,
      path,
      paths: surface === 'admin_machine' ? [path, `${path}${schemaPath}`] : [path],
      answer,
      fetch: async (request) => toResponse(await answer(webCall(request))),
    };
  }

  async #answer<User, Db>(
    surface: Surface,
    options: SurfaceOptions<User, Db>,
    call: PlainCall,
  ): Promise<PlainAnswer> {
    const startedAt = performance.now();
    const given = call.header('x-correlation-id');
    const requestId = given !== null && requestIdPattern.test(given) ? given : crypto.randomUUID();
    let intent: Intent | undefined;
    let refusal: IntentError | undefined;
    let body: unknown;
    try {
      refuseForeignCredential(surface, call);
      if (isSchemaRequest(surface, call)) {
        body = { data: await this.#document(options, call, requestId) };
      } else {
        const read = await readIntent(call, this.#runtime.limits);
        intent = read.intent;
        body = { data: (await this.#dispatch(surface, options, call, requestId, read)) ?? null };
      }
    } catch (error) {
      refusal =
        error instanceof IntentError ? error : new IntentError('INTERNAL', undefined, { cause: error });
      body = {
        error: {
          code: refusal.code,
          message: refusal.message,
          ...(refusal.fields.length > 0 ? { fields: refusal.fields } : {}),
          request_id: requestId,
          ...(refusal.details === undefined ? {} : { details: refusal.details }),
        },
      };
    }
    const status = refusal?.status ?? 200;
    this.#runtime.onCall({
      surface,
      requestId,
      model: intent?.model,
      action: intent?.command ?? intent?.action,
      status,
      code: refusal?.code,
      milliseconds: performance.now() - startedAt,
      cause: refusal?.cause,
    });
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-correlation-id': requestId,
    };
    if (status === 405) headers.allow = 'POST';
    // The rest of the body is not read. HTTP/2 has no such header, and servers drop it there.
    if (status === 413) headers.connection = 'close';
    return { status, headers, body: JSON.stringify(body) };
  }

  async #dispatch<User, Db>(
    surface: Surface,
    options: SurfaceOptions<User, Db>,
    call: PlainCall,
    requestId: string,
    { intent, bodyText }: { readonly intent: Intent; readonly bodyText: string },
  ): Promise<unknown> {
    const context: IntentContext = { requestId, surface, sent: intent.context };
    const part = surface === 'admin_machine' ? this.#adminMachine?.part : undefined;
    const incoming = incomingCall(call, context, bodyText, part);
    const user = await options.getUser(incoming);
    // Before the model is looked for: strangers don't learn what there is.
    if (user === null) throw new IntentError('UNAUTHENTICATED');
    const action = this.#find(surface, intent);
    const { name, custom } = action;
    const others = this.#others(intent.model);
    if (part)
      await part.admit({
        user,
        model: intent.model,
        action: name,
        custom,
        payload: intent.payload,
        find: others.find,
      });
    else if (surface === 'admin_machine') requireRole(user, custom);
    const payload = await checkPayload(action.schemas.payload, intent.payload);
    const db = await options.getDb(incoming);
    const dispatch: Dispatch = {
      surface,
      model: intent.model,
      action: name,
      isCustom: custom !== undefined,
      custom,
      isReadOnly: isReadOnly(name, custom),
      get request() {
        return call.request;
      },
      args: {
        db,
        user,
        context,
        id: intent.id,
        payload,
        skip: intent.skip,
        limit: intent.limit,
        sessionClaims: context.sessionClaims ?? {},
      },
    };
    try {
      const handle = async (args: IntentArgs): Promise<unknown> => action.handle(args);
      const result = await runThrough(this.#runtime.middlewares, dispatch, () =>
        part ? part.around(dispatch, handle, others) : handle(dispatch.args),
      );
      return action.schemas.result ? await checkResult(action.schemas.result, result) : result;
    } finally {
      const disposable = db as { [Symbol.asyncDispose]?: () => Promise<void> } | null | undefined;
      await disposable?.[Symbol.asyncDispose]?.();
    }
  }

  #others(model: string): OtherActions {
    const found = (name: string): FoundAction | undefined => {
      const action = this.#shownAt('admin_machine').get(model)?.get(name);
      return action?.custom === undefined ? undefined : action;
    };
    return {
      find: (name) => found(name)?.custom,
      call: async (name, args) => {
        const action = found(name);
        if (!action) throw new IntentError('UNKNOWN_ACTION', `${model} has no action ${name} here.`);
        const payload = await checkPayload(action.schemas.payload, args.payload);
        const result = await action.handle({ ...args, payload });
        return action.schemas.result ? checkResult(action.schemas.result, result) : result;
      },
    };
  }

  /** What an operator can do here, for the platform to show. */
  async #document<User, Db>(
    { getUser }: SurfaceOptions<User, Db>,
    call: PlainCall,
    requestId: string,
  ): Promise<unknown> {
    const context: IntentContext = { requestId, surface: 'admin_machine', sent: {} };
    const part = this.#adminMachine?.part;
    const user = await getUser(incomingCall(call, context, '', part));
    if (user === null) throw new IntentError('UNAUTHENTICATED');
    if (!part) throw new IntentError('NOT_FOUND', 'Nothing was added to this surface that describes itself.');
    return part.document({ user, context });
  }

  #find(surface: Surface, { model, action, command }: Intent): FoundAction {
    const actions = this.#shownAt(surface).get(model);
    if (!actions) throw new IntentError('UNKNOWN_MODEL', `There is no model ${model} here.`);
    const name = action === 'custom' ? command : action;
    const found = actions.get(name ?? '');
    if (!found || (found.custom !== undefined) !== (action === 'custom'))
      throw new IntentError('UNKNOWN_ACTION', `${model} has no action ${name} here.`);
    return found;
  }
}

/** The actions for administrators of a service and those that are added to its model have one name each. */
function refuseClash(
  model: string,
  registered: ReadonlyMap<string, FoundAction> | undefined,
  added: ReadonlyMap<string, FoundAction> | undefined,
): void {
  for (const action of registered?.values() ?? [])
    if (isVisible('admin_machine', action) && added?.has(action.name))
      throw new TypeError(`${model}.${action.name} is there already: give your action another name`);
}

function isSchemaRequest(surface: Surface, { method, url }: PlainCall): boolean {
  if (surface !== 'admin_machine' || method !== 'GET') return false;
  const base = 'http://product';
  return URL.canParse(url, base) && new URL(url, base).pathname.endsWith(schemaPath);
}

/** A list and a read change nothing; a custom action says whether it does. */
function isReadOnly(name: string, custom: CustomActionOptions | undefined): boolean {
  return custom ? custom.readOnly === true : name === 'list' || name === 'read';
}

/** Which actions a surface shows (A2, A11). */
function isVisible(surface: Surface, { custom }: FoundAction): boolean {
  const rule = surfaces[surface];
  if (custom?.adminOnly) return rule.showsAdminOnly;
  return rule.showsServices && (custom?.surfaces?.includes(surface) ?? true);
}

function refuseForeignCredential(surface: Surface, call: PlainCall): void {
  const belongsTo = surfaceOfCredential(call.header('authorization'));
  if (belongsTo === undefined || belongsTo === surface) return;
  // The product's own administrators sign in as people do.
  if (surface === 'legacy_admin' && belongsTo === 'standard') return;
  throw new IntentError('WRONG_SURFACE', `This credential belongs to ${surfaces[belongsTo].path}.`);
}
