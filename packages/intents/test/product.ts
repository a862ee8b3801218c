import { z } from 'zod';
import {
  buildRuntime,
  type CallReport,
  customAction,
  type IntentArgs,
  IntentError,
  IntentRouter,
  IntentService,
  type Middleware,
  type MountedSurface,
} from '../src/index.ts';

interface User {
  readonly name: string;
  readonly isAdmin: boolean;
  /** As an operator. */
  readonly role?: 'owner' | 'support';
}
interface Todo {
  readonly id: number;
  readonly title: string;
  readonly done: boolean;
}
type Db = Map<number, Todo>;

const NewTodo = z.object({ title: z.string().min(1).max(80), tags: z.array(z.string()).default([]) });

/** The product's one model. */
export class TodoService extends IntentService {
  override schemas = { create: { payload: NewTodo } };

  async create({ db, payload }: IntentArgs<z.input<typeof NewTodo>, User, Db>): Promise<Todo> {
    const todo = { id: db.size + 1, title: payload.title, done: false };
    db.set(todo.id, todo);
    return todo;
  }

  async read({ db, id }: IntentArgs<undefined, User, Db>): Promise<Todo> {
    const todo = db.get(Number(id));
    if (!todo) throw new IntentError('NOT_FOUND');
    return todo;
  }

  async list({ db, skip, limit }: IntentArgs<undefined, User, Db>): Promise<Todo[]> {
    return [...db.values()].slice(skip, skip + limit);
  }

  complete = customAction({}, async ({ db, id }: IntentArgs<undefined, User, Db>): Promise<Todo> => {
    const todo = { ...db.get(Number(id))!, done: true };
    db.set(todo.id, todo);
    return todo;
  });

  purge = customAction(
    { adminOnly: true, minRole: 'owner' },
    async ({ db }: IntentArgs<undefined, User, Db>) => {
      db.clear();
      return { success: true };
    },
  );

  fail = customAction({}, async () => {
    throw new Error('the password of the database is hunter2');
  });

  wrong = customAction({ result: z.object({ id: z.number() }) }, async () => ({ id: 'none' }));

  /** No action: it is not marked as one. */
  helper(): string {
    return 'never called from outside';
  }
}

/** Who signs in by their names. */
export const people: Readonly<Record<string, User>> = {
  ada: { name: 'Ada', isAdmin: true, role: 'owner' },
  sue: { name: 'Sue', isAdmin: false, role: 'support' },
  bob: { name: 'Bob', isAdmin: false },
};

/** A product with one model, on every surface. */
export function product(options: { middlewares?: Middleware[]; bodyBytes?: number } = {}) {
  const db: Db = new Map();
  const reports: CallReport[] = [];
  const router = new IntentRouter({
    runtime: buildRuntime({
      middlewares: options.middlewares ?? [],
      ...(options.bodyBytes ? { limits: { bodyBytes: options.bodyBytes } } : {}),
      onCall: (report) => reports.push(report),
    }),
  }).register('Todo', new TodoService());
  const common = {
    getUser: ({ request }: { request: Request }) =>
      people[request.headers.get('authorization')?.slice('Bearer '.length) ?? ''] ?? null,
    getDb: () => db,
  };
  return {
    db,
    reports,
    router,
    standard: router.build(common),
    machine: router.buildMachine(common),
    legacyAdmin: router.buildLegacyAdmin({ ...common, isAdmin: ({ isAdmin }) => isAdmin }),
    adminMachine: router.buildAdminMachine(common),
  };
}

/** What {@link product} gives. */
export type Product = ReturnType<typeof product>;

/** One call to a surface, without a socket. */
export async function call(
  surface: MountedSurface,
  body: unknown,
  {
    token = 'bob',
    method = 'POST',
    headers = {},
  }: { token?: string; method?: string; headers?: object } = {},
) {
  const response = await surface.fetch(
    new Request(`http://product${surface.path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  );
  const answer = (await response.json()) as {
    data?: unknown;
    error?: {
      code: string;
      message: string;
      fields?: { field: string }[];
      request_id: string;
      details?: unknown;
    };
  };
  return { status: response.status, headers: response.headers, ...answer, code: answer.error?.code };
}
