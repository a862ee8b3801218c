import { type Intent, readIntent } from './envelope.ts';
import { IntentError } from './errors.ts';
import { buildRuntime, type Dispatch, type Runtime, runThrough } from './runtime.ts';
import {
  type ActionSchemas,
  actionsOf,
  type CustomActionOptions,
  type FoundAction,
  type IntentContext,
  type IntentService,
} from './service.ts';
import { fieldOf, type StandardSchema } from './standard-schema.ts';
import { type Surface, surfaceOfCredential, surfaces } from './surfaces.ts';

/** One surface, ready to be mounted: a web-standard handler and where it belongs. */
export interface MountedSurface {
  readonly surface: Surface;
  readonly path: string;
  readonly fetch: (request: Request) => Promise<Response>;
}

/** How a surface knows its caller and reaches its data. */
export interface SurfaceOptions<User, Db> {
  /** Who calls; `null` for nobody that is known, which is answered with `UNAUTHENTICATED`. May add to the context. */
  readonly getUser: (call: {
    readonly request: Request;
    readonly context: IntentContext;
  }) => User | null | Promise<User | null>;
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
  readonly #runtime: Runtime;

  constructor(options: { readonly runtime?: Runtime } = {}) {
    this.#runtime = options.runtime ?? buildRuntime();
  }

  /** @throws TypeError when there is such a model already, or one of the service's actions can't be one */
  register<Name extends string, Service extends IntentService>(
    name: Name,
    service: Service,
  ): IntentRouter<Models & Record<Name, Service>> {
    if (this.#models.has(name)) throw new TypeError(`There is a model ${name} already`);
    this.#models.set(name, actionsOf(service));
    return this as unknown as IntentRouter<Models & Record<Name, Service>>;
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
    return [...this.#models].flatMap(([model, actions]) =>
      [...actions.values()]
        .filter((action) => isVisible(surface, action))
        .map(({ name, custom, schemas }) => ({
          model,
          name,
          custom,
          schemas,
          isReadOnly: isReadOnly(name, custom),
        })),
    );
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
    return {
      surface,
      path: options.path ?? surfaces[surface].path,
      fetch: (request) => this.#answer(surface, options, request),
    };
  }

  async #answer<User, Db>(
    surface: Surface,
    options: SurfaceOptions<User, Db>,
    request: Request,
  ): Promise<Response> {
    const startedAt = performance.now();
    const given = request.headers.get('x-correlation-id');
    const requestId = given !== null && requestIdPattern.test(given) ? given : crypto.randomUUID();
    let intent: Intent | undefined;
    let refusal: IntentError | undefined;
    let body: unknown;
    try {
      refuseForeignCredential(surface, request);
      intent = await readIntent(request, this.#runtime.limits);
      body = { data: (await this.#dispatch(surface, options, request, requestId, intent)) ?? null };
    } catch (error) {
      refusal =
        error instanceof IntentError ? error : new IntentError('INTERNAL', undefined, { cause: error });
      body = {
        error: {
          code: refusal.code,
          message: refusal.message,
          ...(refusal.fields.length > 0 ? { fields: refusal.fields } : {}),
          request_id: requestId,
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
    return new Response(JSON.stringify(body), {
      status,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-correlation-id': requestId,
        ...(status === 405 ? { allow: 'POST' } : {}),
      },
    });
  }

  async #dispatch<User, Db>(
    surface: Surface,
    options: SurfaceOptions<User, Db>,
    request: Request,
    requestId: string,
    intent: Intent,
  ): Promise<unknown> {
    const context: IntentContext = { requestId, surface, sent: intent.context };
    const user = await options.getUser({ request, context });
    // Before the model is looked for: strangers don't learn what there is.
    if (user === null) throw new IntentError('UNAUTHENTICATED');
    const action = this.#find(surface, intent);
    const payload = await check(action.schemas.payload, intent.payload);
    const db = await options.getDb({ request, context });
    const dispatch: Dispatch = {
      surface,
      model: intent.model,
      action: action.name,
      isCustom: action.custom !== undefined,
      isReadOnly: isReadOnly(action.name, action.custom),
      request,
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
      const result = await runThrough(this.#runtime.middlewares, dispatch, async () =>
        action.handle(dispatch.args),
      );
      return action.schemas.result ? await checkResult(action.schemas.result, result) : result;
    } finally {
      const disposable = db as { [Symbol.asyncDispose]?: () => Promise<void> } | null | undefined;
      await disposable?.[Symbol.asyncDispose]?.();
    }
  }

  #find(surface: Surface, { model, action, command }: Intent): FoundAction {
    const visible = [...(this.#models.get(model)?.values() ?? [])].filter((one) => isVisible(surface, one));
    // A model of which nothing is to be seen here is not there.
    if (visible.length === 0) throw new IntentError('UNKNOWN_MODEL', `There is no model ${model} here.`);
    const name = action === 'custom' ? command : action;
    const found = visible.find(
      (one) => one.name === name && (one.custom !== undefined) === (action === 'custom'),
    );
    if (!found) throw new IntentError('UNKNOWN_ACTION', `${model} has no action ${name} here.`);
    return found;
  }
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

function refuseForeignCredential(surface: Surface, request: Request): void {
  const belongsTo = surfaceOfCredential(request.headers.get('authorization'));
  if (belongsTo === undefined || belongsTo === surface) return;
  // The product's own administrators sign in as people do.
  if (surface === 'legacy_admin' && belongsTo === 'standard') return;
  throw new IntentError('WRONG_SURFACE', `This credential belongs to ${surfaces[belongsTo].path}.`);
}

async function check(schema: StandardSchema | undefined, value: unknown): Promise<unknown> {
  if (!schema) return value;
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  throw new IntentError('VALIDATION_FAILED', undefined, {
    fields: result.issues.map((issue) => {
      const field = fieldOf(issue);
      return { field: field === '' ? 'payload' : `payload.${field}`, message: issue.message };
    }),
  });
}

/** What a handler gives and its own schema does not know is a mistake of the product, and never leaves it. */
async function checkResult(schema: StandardSchema, value: unknown): Promise<unknown> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  throw new Error(`The result is not what its schema says: ${result.issues.map(fieldOf).join(', ')}`);
}
