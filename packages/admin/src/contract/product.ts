import { randomBytes, randomUUID } from 'node:crypto';
import { type AdminModel, type OperatorRole, SchemaDocument } from '@castellan/contract';
import { CanNotJudge, NotMet } from './criterion.ts';
import { bodyDigest, type Issuer, type SigningKey, type TokenParts } from './issuer.ts';

/** What a product answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; `undefined` where it is none. */
  readonly body: unknown;
  readonly data: unknown;
  readonly error: {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly request_id?: unknown;
    readonly fields?: unknown;
    readonly details?: unknown;
  } | null;
}

/** One call, and how its token and request differ from good ones. */
export interface Send {
  readonly role?: OperatorRole;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: SigningKey;
  readonly sign?: TokenParts['sign'];
  /** The whole header instead of a token of the suite; `null` for none. */
  readonly authorization?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the intent, as it is. */
  readonly body?: string;
  /** What is sent while the token is for `body`. */
  readonly bodySent?: string;
  readonly path?: string;
  readonly method?: string;
}

/** An actor session of somebody who only looks on, and a write of the product's own that it tries. */
export interface ActorProbe {
  /** The header `Authorization` that the product takes from it. */
  readonly authorization: string;
  readonly intent: Readonly<Record<string, unknown>>;
}

/** What the suite is told of the product. */
export interface ProductOptions {
  /** The product's address, `http://127.0.0.1:9005`. */
  readonly url: string;
  /** The service's name: what tokens are for. */
  readonly service: string;
  /** The model that may be written to; one that fits is chosen when left out. */
  readonly model?: string | undefined;
  /** The text field of it that may be changed. */
  readonly field?: string | undefined;
  /** Values of a new row that the product takes; a row that is there is copied when left out. */
  readonly createValues?: Readonly<Record<string, unknown>> | undefined;
  /** The header `Authorization` of one of the product's own users, for what must not be seen at `/api/intent`. */
  readonly userAuthorization?: string | undefined;
  readonly actor?: ActorProbe | undefined;
}

/** A row of a list, in the wire's form. */
export type Row = Readonly<Record<string, unknown>>;

/** A model with its first rows; `isAll` where there are no more. */
export interface Subject {
  readonly model: AdminModel;
  readonly rows: readonly Row[];
  readonly isAll: boolean;
}

/** The address of the surface and of its schema document. */
export const adminPath = '/api/admin-machine-intent';
const rowsRead = 100;
const timeoutMs = 15_000;

/** The operator that the suite is. */
export const operator = {
  sub: '01930000-0000-7000-8000-00000000c0de',
  email: 'contract@castellan.example',
  name: 'Contract suite',
} as const;

/** A product under judgement: sends calls as the platform would, and keeps what was read of it once. */
export class Product {
  readonly issuer: Issuer;
  readonly options: ProductOptions;
  #schema: Promise<SchemaDocument> | undefined;
  readonly #subjects = new Map<string, Promise<Subject>>();

  constructor(issuer: Issuer, options: ProductOptions) {
    this.issuer = issuer;
    this.options = options;
  }

  /** The claims of a good token for this body. */
  claims(role: OperatorRole, body: string, method = 'POST'): Record<string, unknown> {
    const iat = Math.floor(Date.now() / 1000);
    return {
      iss: this.issuer.url,
      aud: this.options.service,
      ...operator,
      role,
      jti: newTokenId(),
      iat,
      exp: iat + 60,
      correlation_id: randomUUID(),
      method,
      body_sha256: bodyDigest(body),
    };
  }

  /** A token as it would be sent with this body. */
  token(
    body: string,
    { role = 'owner', method = 'POST', claims, header, key, sign }: Send = {},
  ): { readonly token: string; readonly correlationId: string } {
    const all = { ...this.claims(role, body, method), ...claims };
    const token = this.issuer.token({
      claims: all,
      ...(header ? { header } : {}),
      ...(key ? { key } : {}),
      ...(sign ? { sign } : {}),
    });
    return { token, correlationId: String(all.correlation_id ?? '') };
  }

  /** Sends one intent with a token of its own. */
  async send(intent: Readonly<Record<string, unknown>>, how: Send = {}): Promise<Answer> {
    const { method = 'POST', path = adminPath } = how;
    const body = method === 'GET' ? '' : (how.body ?? JSON.stringify(intent));
    const { token, correlationId } = this.token(body, how);
    const authorization = how.authorization === undefined ? `Bearer ${token}` : how.authorization;
    return this.fetch(path, {
      method,
      headers: {
        ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
        ...(correlationId === '' ? {} : { 'x-correlation-id': correlationId }),
        ...(authorization === null ? {} : { authorization }),
        ...how.headers,
      },
      ...(method === 'GET' ? {} : { body: how.bodySent ?? body }),
    });
  }

  /** Any request to the product. */
  async fetch(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(new URL(path, this.options.url), {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    const record = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
    const error = typeof record.error === 'object' ? (record.error as Answer['error']) : null;
    return { status: response.status, headers: response.headers, text, body, data: record.data, error };
  }

  /** The schema document, read once. @throws CanNotJudge without one: `schema.document` has failed by then */
  schema(): Promise<SchemaDocument> {
    this.#schema ??= this.readSchema().catch((error: unknown) => {
      throw error instanceof NotMet ? new CanNotJudge('there is no schema document to go by') : error;
    });
    return this.#schema;
  }

  /** @throws NotMet when it is no schema document */
  async readSchema(): Promise<SchemaDocument> {
    const answer = await this.readSchemaAnswer();
    if (answer.status !== 200) throw new NotMet(`the schema document was ${describe(answer)}`);
    const parsed = SchemaDocument.safeParse(answer.data);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new NotMet(`the schema document is wrong at ${issue?.path.join('.')}: ${issue?.message}`);
  }

  readSchemaAnswer(how: Send = {}): Promise<Answer> {
    return this.send({}, { ...how, method: 'GET', path: `${adminPath}/schema` });
  }

  /** One model with its first rows. */
  subject(model: AdminModel): Promise<Subject> {
    let reading = this.#subjects.get(model.name);
    if (!reading) {
      reading = this.#readRows(model);
      this.#subjects.set(model.name, reading);
    }
    return reading;
  }

  async #readRows(model: AdminModel): Promise<Subject> {
    const answer = await this.send({ model: model.name, action: 'list', payload: {}, limit: rowsRead });
    if (answer.status !== 200) throw new NotMet(`a list of ${model.name} was ${describe(answer)}`);
    const { items, next_cursor } = answer.data as { items: readonly Row[]; next_cursor: unknown };
    return { model, rows: items, isAll: next_cursor === null };
  }

  /** The first model, the chosen one before the others, that fits. */
  async find(fits: (subject: Subject) => boolean): Promise<Subject | undefined> {
    const { models } = await this.schema();
    const chosen = this.options.model;
    const inOrder = models.toSorted((a, b) => Number(b.name === chosen) - Number(a.name === chosen));
    for (const model of inOrder.filter(({ actions }) => actions.list).slice(0, 50)) {
      const subject = await this.subject(model);
      if (fits(subject)) return subject;
    }
    return undefined;
  }

  /** A model with rows, to be read. */
  async readable(): Promise<Subject> {
    const subject = await this.find(({ model, rows }) => rows.length >= 3 && model.actions.read !== null);
    if (!subject) throw new CanNotJudge('no model has three rows to read');
    return subject;
  }

  /** Reads one row. @throws NotMet when it is refused */
  async read(model: AdminModel, id: string): Promise<{ readonly row: Row; readonly version: string }> {
    const answer = await this.send({ model: model.name, action: 'read', id });
    if (answer.status !== 200) throw new NotMet(`reading ${model.name} ${id} was ${describe(answer)}`);
    return answer.data as { row: Row; version: string };
  }
}

/** A row's id as it is on the wire. */
export function idOf(model: AdminModel, row: Row): string {
  const [only, ...others] = model.key;
  return others.length === 0
    ? String(row[only ?? ''])
    : JSON.stringify(model.key.map((name) => String(row[name])));
}

/** A well-formed id that no row has. */
export function missingId(model: AdminModel): string {
  const of = (name: string): string => {
    const field = model.fields.find((one) => one.name === name);
    switch (field?.type) {
      case 'uuid':
        return randomUUID();
      case 'integer':
        return '2147483600';
      case 'bigint':
      case 'decimal':
        return '9007199254740';
      case 'date':
        return '1901-02-03';
      case 'datetime':
        return '1901-02-03T04:05:06.000000';
      case 'timestamp':
        return '1901-02-03T04:05:06.000000Z';
      case 'enum':
        return field.values?.at(-1) ?? 'none';
      default:
        return 'zz-none-0'.slice(0, field?.maxLength ?? 9);
    }
  };
  return model.key.length === 1 ? of(model.key[0] ?? '') : JSON.stringify(model.key.map(of));
}

/** `403 INSUFFICIENT_ROLE`, for sentences. */
export function describe(answer: Answer): string {
  const code = answer.error?.code;
  return typeof code === 'string'
    ? `answered with ${answer.status} ${code}`
    : `answered with ${answer.status} and ${answer.text.slice(0, 80) || 'nothing'}`;
}

/** Fails unless the answer is a refusal with one of these codes and its status. */
export function mustRefuse(answer: Answer, status: number, ...codes: readonly string[]): void {
  if (answer.status === status && codes.includes(String(answer.error?.code))) return;
  throw new NotMet(`${describe(answer)}, where ${status} ${codes.join(' or ')} belongs`);
}

/** Fails unless the answer is data. @returns it */
export function mustAccept<T>(answer: Answer): T {
  if (answer.status === 200 && answer.data !== undefined) return answer.data as T;
  throw new NotMet(`${describe(answer)}, where data belongs`);
}

/** A UUIDv7 (RFC 9562 §5.7). */
function newTokenId(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
