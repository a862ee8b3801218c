import { createHash } from 'node:crypto';
import type { Statement } from '../adapter.ts';

/** What a Drizzle database of PostgreSQL tells of its session; typed there, though by parameters of the product's schema. */
interface Session {
  prepareQuery(
    query: { readonly sql: string; readonly params: readonly unknown[] },
    fields: undefined,
    name: string | undefined,
    isResponseInArrayMode: false,
  ): { execute(): Promise<unknown> };
}

/** Shapes of lists are many, and each connection keeps every one that it was given. */
const mostStatements = 200;

/**
 * Runs statements through a Drizzle database's session as they are: building Drizzle's SQL from them and text from that again took as
 * long as half of a list's other work. Where the product lets it, PostgreSQL keeps the first {@link mostStatements} texts, so that
 * each connection reads and plans them once; values are never part of a text.
 */
export class PostgresqlSession {
  readonly #names = new Map<string, string>();
  readonly #keepsStatements: boolean;

  constructor(keepsStatements: boolean) {
    this.#keepsStatements = keepsStatements;
  }

  /** @returns what the driver answers; `undefined` where this database has no such session */
  run(database: unknown, statement: Statement): Promise<unknown> | undefined {
    const session = (database as { _?: { session?: Partial<Session> } })._?.session;
    if (typeof session?.prepareQuery !== 'function') return undefined;
    return this.#run(session as Session, statement);
  }

  async #run(session: Session, { text, values }: Statement): Promise<unknown> {
    const run = (name: string | undefined) =>
      session.prepareQuery({ sql: text, params: values }, undefined, name, false).execute();
    const name = this.#nameOf(text);
    try {
      return await run(name);
    } catch (error) {
      if (name === undefined || !isOutOfDate(error)) throw error;
      // A column has another type since: what was kept says so for ever, another name is planned anew.
      if (this.#names.get(text) === name) this.#names.set(text, `${name}_`);
      return run(this.#nameOf(text));
    }
  }

  #nameOf(text: string): string | undefined {
    if (!this.#keepsStatements) return undefined;
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= mostStatements) return known;
    // Of the text itself: several services of one process may share a connection, and a name has one text.
    const name = `castellan_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
    this.#names.set(text, name);
    return name;
  }
}

/** «cached plan must not change result type», which PostgreSQL tells by its place in the source alone. */
function isOutOfDate(error: unknown): boolean {
  const { code, routine, cause } = error as { code?: unknown; routine?: unknown; cause?: unknown };
  if (code === '0A000' && routine === 'RevalidateCachedQuery') return true;
  return cause !== undefined && cause !== error && isOutOfDate(cause);
}
