import { createHash, randomBytes } from 'node:crypto';
import type { AdminOperator } from '../auth/admin-machine-auth.ts';
import { adminError } from '../errors.ts';
import type { OrmAdapter, OrmTransaction, RawRow, Statement } from '../orm/adapter.ts';
import { adminTableStatements, auditTable, longestRowId, seenTokensTable, settingsTable } from './tables.ts';

/** One field that a change changed, in the wire's form. Values of redacted fields are never read, so they are in none. */
export interface FieldChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What is to be recorded of one change. */
export interface NewChange {
  readonly operator: AdminOperator;
  readonly model: string;
  /** `null` where no row was named. */
  readonly rowId: string | null;
  /** `update`, …, or the name of a custom action. */
  readonly action: string;
  readonly changes: readonly FieldChange[];
  /** The row's version when it was done; `null` where there is no such row then. */
  readonly versionAfter: string | null;
  /** The change that this one takes back. */
  readonly undoes?: string;
}

/** A change as it was recorded. */
export interface RecordedChange {
  readonly id: string;
  /** ISO 8601, in UTC. */
  readonly at: string;
  readonly operator: { readonly id: string; readonly email: string };
  readonly correlationId: string;
  readonly model: string;
  readonly rowId: string | null;
  readonly action: string;
  readonly undoes: string | null;
  readonly versionAfter: string | null;
  readonly changes: readonly FieldChange[];
}

/** Which changes are asked for: those of a row, or those of one click. */
export type ChangesOf = { readonly rowId: string } | { readonly correlationId: string };

/** Clocks may differ: a token is remembered for a little longer than it lives. */
const rememberedForSeconds = 30;
const cleanedEveryMs = 60_000;
const columnNames = [
  ...['id', 'at', 'operator_id', 'operator_email', 'correlation_id', 'model', 'row_id', 'action', 'undoes'],
  ...['version_after', 'changes'],
] as const;

/**
 * The library's own two tables: what was changed, by whom, from what to what (A20), and which tokens were used for a write (A5). Both are
 * written in the write's own transaction.
 */
export class AuditLog {
  readonly #adapter: OrmAdapter;
  readonly #createTables: boolean;
  readonly #skewSeconds: number;
  #ready: Promise<void> | undefined;
  #cleanedAtMs = 0;

  constructor(
    adapter: OrmAdapter,
    options: { readonly createTables: boolean; readonly skewSeconds: number },
  ) {
    this.#adapter = adapter;
    this.#createTables = options.createTables;
    this.#skewSeconds = Math.max(options.skewSeconds, rememberedForSeconds);
  }

  /** Makes the tables where they are not there yet, once; and now and then forgets tokens that have ended. */
  async prepare(db: unknown): Promise<void> {
    if (this.#createTables) {
      this.#ready ??= this.#create(db).catch((error: unknown) => {
        this.#ready = undefined;
        throw error;
      });
      await this.#ready;
    }
    const now = Date.now();
    if (now - this.#cleanedAtMs < cleanedEveryMs) return;
    this.#cleanedAtMs = now;
    // Apart from the write: what it forgets is of no use to anybody, whether the write succeeds or not.
    await this.#adapter.execute(
      db,
      `DELETE FROM ${seenTokensTable} WHERE expires_at < ${Math.floor(now / 1000)}`,
    );
  }

  async #create(db: unknown): Promise<void> {
    for (const statement of adminTableStatements(this.#adapter.dialect))
      try {
        await this.#adapter.execute(db, statement);
      } catch {
        // PostgreSQL lets two that create the same table at once collide in its catalogue: the second time it is there.
        await this.#adapter.execute(db, statement).catch((error: unknown) => {
          throw new Error(
            `The tables of the admin surface can't be made: run what adminTablesSql('${this.#adapter.dialect}') prints.`,
            { cause: error },
          );
        });
      }
  }

  /**
   * Records that a token was used.
   * @throws IntentError `TOKEN_REPLAYED` when it was before, in any process
   */
  async useToken(tx: OrmTransaction, { token }: AdminOperator): Promise<void> {
    const end = Math.ceil(token.expiresAt.getTime() / 1000) + this.#skewSeconds;
    try {
      await tx.query(this.#insert(seenTokensTable, { jti: token.id, expires_at: end }));
    } catch (error) {
      if (isUniqueViolation(error)) throw adminError('TOKEN_REPLAYED', undefined, { cause: error });
      throw error;
    }
  }

  /** Records a change. @returns its id */
  async record(tx: OrmTransaction, change: NewChange): Promise<string> {
    const { operator, rowId } = change;
    const id = newChangeId();
    await tx.query(
      this.#insert(auditTable, {
        id,
        at: new Date().toISOString(),
        operator_id: operator.id,
        operator_email: operator.email,
        operator_role: operator.role,
        actor_id: operator.actor?.sub ?? null,
        correlation_id: operator.correlationId,
        jti: operator.token.id,
        approval_id: operator.approval?.id ?? null,
        approved_by: operator.approval?.by.email ?? null,
        model: change.model,
        row_id: rowId === null ? null : keptId(rowId),
        action: change.action,
        undoes: change.undoes ?? null,
        version_after: change.versionAfter,
        changes: JSON.stringify(change.changes),
      }),
    );
    return id;
  }

  /** One change, or `undefined`. */
  async find(read: ReadStatement, model: string, id: string): Promise<RecordedChange | undefined> {
    const [row] = await read(
      this.#select(
        [
          ['model', '=', model],
          ['id', '=', id],
        ],
        1,
      ),
    );
    return row === undefined ? undefined : changeOf(row);
  }

  /** Changes, the newest first. @param before the id of the change to go on from */
  async list(
    read: ReadStatement,
    model: string,
    of: ChangesOf,
    options: { readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly RecordedChange[]> {
    const rows = await read(
      this.#select(
        [
          ['model', '=', model],
          'rowId' in of ? ['row_id', '=', keptId(of.rowId)] : ['correlation_id', '=', of.correlationId],
          ...(options.before === undefined ? [] : [['id', '<', options.before] as const]),
        ],
        options.limit,
      ),
    );
    return rows.map(changeOf);
  }

  /**
   * A secret that every process of the product has: made by the first one, and kept in the database, whose reader could read every
   * row anyway.
   */
  async secret(db: unknown, name: string, make: () => Buffer): Promise<Buffer> {
    await this.prepare(db);
    const read = async (): Promise<Buffer | undefined> => {
      const [row] = await this.#adapter.query(db, {
        text: `SELECT value FROM ${settingsTable} WHERE name = ${this.#place(0)}`,
        values: [name],
        columns: ['value'],
      });
      return row === undefined ? undefined : Buffer.from(String(row.value), 'base64url');
    };
    const held = await read();
    if (held) return held;
    try {
      const value = make().toString('base64url');
      await this.#adapter.transaction(db, (tx) => tx.query(this.#insert(settingsTable, { name, value })));
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
    }
    const made = await read();
    if (!made) throw new Error(`${settingsTable} does not hold ${name} after it was written`);
    return made;
  }

  #insert(table: string, row: Readonly<Record<string, string | number | null>>): Statement {
    const names = Object.keys(row);
    const places = names.map((_, at) => this.#place(at));
    // Some drivers of SQLite only run what gives rows.
    const answer = this.#adapter.dialect === 'mysql' ? '' : ' RETURNING 1 AS one';
    return {
      text: `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places.join(', ')})${answer}`,
      values: Object.values(row),
      columns: ['one'],
    };
  }

  #select(conditions: readonly (readonly [string, '=' | '<', string])[], limit: number): Statement {
    const where = conditions.map(([column, operator], at) => `${column} ${operator} ${this.#place(at)}`);
    return {
      text: `SELECT ${columnNames.join(', ')} FROM ${auditTable} WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ${limit}`,
      values: conditions.map(([, , value]) => value),
      columns: columnNames,
    };
  }

  #place(at: number): string {
    return this.#adapter.dialect === 'postgresql' ? `$${at + 1}` : '?';
  }
}

/** Runs a reading statement, in a transaction or outside of one. */
export type ReadStatement = (statement: Statement) => Promise<readonly RawRow[]>;

function changeOf(row: RawRow): RecordedChange {
  const text = (name: (typeof columnNames)[number]): string => String(row[name]);
  const optional = (name: (typeof columnNames)[number]): string | null =>
    row[name] === null || row[name] === undefined ? null : String(row[name]);
  return {
    id: text('id'),
    at: text('at'),
    operator: { id: text('operator_id'), email: text('operator_email') },
    correlationId: text('correlation_id'),
    model: text('model'),
    rowId: optional('row_id'),
    action: text('action'),
    undoes: optional('undoes'),
    versionAfter: optional('version_after'),
    changes: JSON.parse(text('changes')) as readonly FieldChange[],
  };
}

/** An id as it is kept: one that is too long for an index, by its digest. */
function keptId(id: string): string {
  return id.length <= longestRowId ? id : `sha256:${createHash('sha256').update(id).digest('base64url')}`;
}

function isUniqueViolation(error: unknown): boolean {
  const { name, kind } = error as { readonly name?: unknown; readonly kind?: unknown };
  return name === 'ConstraintFailed' && kind === 'unique';
}

let lastMs = 0;
let counter = 0;

/** A UUIDv7 (RFC 9562 §5.7, method 1 of §6.2): changes of one process are in order, those of several by the millisecond. */
function newChangeId(): string {
  const now = Math.max(Date.now(), lastMs);
  counter = now === lastMs ? counter + 1 : randomBytes(1)[0]!;
  // The twelve bits are full: the next millisecond is borrowed.
  lastMs = counter > 0xfff ? now + 1 : now;
  if (counter > 0xfff) counter = 0;
  const bytes = randomBytes(16);
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
