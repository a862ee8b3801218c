import type { StandardSchema } from './standard-schema.ts';
import type { Surface } from './surfaces.ts';

/** The actions that every model can have. */
export const crudActions = ['create', 'read', 'update', 'delete', 'list'] as const;
/** One of them. */
export type CrudAction = (typeof crudActions)[number];

/** What travels with one call, from the surface to the handler; `getUser` and middlewares may add to it. */
export interface IntentContext {
  readonly requestId: string;
  readonly surface: Surface;
  /** What the caller sent as `context`: hints, never to be trusted. */
  readonly sent: Readonly<Record<string, unknown>>;
  /** The claims of the caller's session, where `getUser` puts them. */
  sessionClaims?: Readonly<Record<string, unknown>>;
  [added: string]: unknown;
}

/**
 * The one argument of every handler. `P` is the payload's type: declared where the handler is, checked by the schema of the
 * action, and known to the typed client.
 */
export interface IntentArgs<P = unknown, User = unknown, Db = unknown> {
  readonly db: Db;
  readonly user: User;
  readonly context: IntentContext;
  /** `undefined` where the call names none. */
  readonly id: string | number | undefined;
  readonly payload: P;
  /** Rows to pass by, 0 and up. */
  readonly skip: number;
  /** Rows to give at the most. */
  readonly limit: number;
  readonly sessionClaims: Readonly<Record<string, unknown>>;
}

/** What a change answers, where there is more to say than the row itself. */
export interface MutationResponse<T = unknown> {
  readonly success: boolean;
  readonly data?: T;
  /** For the person who did it. */
  readonly message?: string;
}

/** Schemas of one action; what is left out is not checked. */
export interface ActionSchemas {
  readonly payload?: StandardSchema;
  readonly result?: StandardSchema;
}

/**
 * A model of the product. Give it any of `create`, `read`, `update`, `delete` and `list`, and custom actions; what it does not have
 * is refused with `UNKNOWN_ACTION`.
 *
 * @example
 * class TodoService extends IntentService {
 *   override schemas = { create: { payload: z.object({ title: z.string() }) } };
 *   async create({ db, user, payload }: IntentArgs<{ title: string }, User, Db>) {
 *     return db.todos.insert({ ...payload, ownerId: user.id });
 *   }
 *   complete = customAction({}, async ({ db, id }: IntentArgs<undefined, User, Db>) => db.todos.complete(id));
 * }
 */
export class IntentService {
  readonly schemas: Partial<Record<CrudAction, ActionSchemas>> = {};
}

/** How a custom action is dispatched. */
export interface CustomActionOptions extends ActionSchemas {
  /** What it does, for whoever chooses among tools: agents, operators. */
  readonly description?: string;
  /** Only the admin-machine surface dispatches it (A11). */
  readonly adminOnly?: boolean;
  /** The least role of an operator: `admin` when left out. */
  readonly minRole?: 'support' | 'admin' | 'owner';
  /** Needs a row, which the call names by `id`; offered on rows and not on lists. Taken for so when left out, and not checked. */
  readonly takesRow?: boolean;
  /** Changes nothing: callable while somebody is only looking on. */
  readonly readOnly?: boolean;
  /** Surfaces that dispatch it, among those that show services. */
  readonly surfaces?: readonly Surface[];
}

/** A handler of one action. */
// biome-ignore lint/suspicious/noExplicitAny: handlers are contravariant in their arguments, and each declares its own
export type Handler = (args: IntentArgs<any, any, any>) => unknown;

const marked = new WeakMap<Handler, CustomActionOptions>();

/** Marks a method of a service as a custom action: as a decorator, `@customAction({…})`, or around a function. */
export function customAction(
  options: CustomActionOptions,
): <H extends Handler>(handler: H, context?: ClassMethodDecoratorContext) => H;
export function customAction<H extends Handler>(options: CustomActionOptions, handler: H): H;
export function customAction(options: CustomActionOptions, handler?: Handler): unknown {
  const mark = (marking: Handler): Handler => {
    marked.set(marking, options);
    return marking;
  };
  return handler === undefined ? mark : mark(handler);
}

/** One action of a service, ready to be called. */
export interface FoundAction {
  readonly name: string;
  readonly custom: CustomActionOptions | undefined;
  readonly schemas: ActionSchemas;
  readonly handle: Handler;
}

/** Every action of a service, by name: the usual ones it has, and whatever is marked as custom. */
export function actionsOf(service: IntentService): ReadonlyMap<string, FoundAction> {
  const found = new Map<string, FoundAction>();
  for (const name of namesOf(service)) {
    const value: unknown = Reflect.get(service, name);
    if (typeof value !== 'function') continue;
    const handler = value as Handler;
    const custom = marked.get(handler);
    const isUsual = (crudActions as readonly string[]).includes(name);
    if (!custom && !isUsual) continue;
    if (custom && isUsual)
      throw new TypeError(
        `${service.constructor.name}.${name} is one of the usual actions; a custom one has a name of its own`,
      );
    found.set(name, {
      name,
      custom,
      schemas: custom ?? service.schemas[name as CrudAction] ?? {},
      handle: handler.bind(service),
    });
  }
  return found;
}

/** Names of fields and methods, without what every object has. */
function namesOf(service: IntentService): Set<string> {
  const names = new Set(Object.getOwnPropertyNames(service));
  for (
    let prototype = Object.getPrototypeOf(service) as object | null;
    prototype !== null && prototype !== Object.prototype && prototype !== IntentService.prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null
  )
    for (const name of Object.getOwnPropertyNames(prototype)) names.add(name);
  names.delete('constructor');
  return names;
}
