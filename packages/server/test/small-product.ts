import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';

/**
 * A product of nobody's: plain `node:http` and `jose`, written from docs/reference/admin-token.md alone and with nothing of
 * Castellan's packages, so that what the platform sends is judged by somebody else.
 */

interface Row {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

interface Change {
  readonly row: string | null;
  readonly action: string;
  readonly correlation_id: string;
  readonly by: string;
  readonly approval: unknown;
}

/** What it does instead of answering well. */
export type Manner =
  | 'good'
  | 'redirect'
  | 'huge'
  | 'slow'
  | 'page'
  | 'broken_json'
  | 'wrong_shape'
  | 'newer_schema'
  | 'drops_after_change'
  | 'silent_after_change'
  | 'gateway'
  | 'odd_refusal';

export interface SmallProduct {
  readonly url: string;
  readonly rows: Map<string, Row>;
  readonly changes: Change[];
  /** Claims of every token that was accepted. */
  readonly accepted: JWTPayload[];
  /** What each call was sent: headers and body. */
  readonly heard: { readonly headers: IncomingMessage['headers']; readonly body: string }[];
  manner: Manner;
  /** Calls that it did not get to answer. */
  readonly abandoned: () => number;
  close(): Promise<void>;
}

class No extends Error {
  readonly status: number;
  readonly code: string;
  readonly reason: string | undefined;
  constructor(status: number, code: string, reason?: string) {
    super(code);
    this.status = status;
    this.code = code;
    this.reason = reason;
  }
}

const versionOf = (row: Row): string => createHash('sha256').update(JSON.stringify(row)).digest('base64url');

export async function startSmallProduct(options: {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  readonly now: () => Date;
  readonly rowCount?: number;
}): Promise<SmallProduct> {
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), { cooldownDuration: 0 });
  const rows = new Map<string, Row>();
  for (let n = 1; n <= (options.rowCount ?? 3); n++)
    rows.set(`o-${n}`, { id: `o-${n}`, name: `Order ${n}`, state: 'open' });
  const changes: Change[] = [];
  const accepted: JWTPayload[] = [];
  const heard: SmallProduct['heard'] = [];
  const seen = new Set<string>();
  let abandoned = 0;

  const verify = async (request: IncomingMessage, body: string): Promise<JWTPayload> => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw new No(401, 'UNAUTHENTICATED');
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['EdDSA'],
      typ: 'castellan-admin+jwt',
      issuer: options.issuer,
      audience: options.audience,
      clockTolerance: 30,
      currentDate: options.now(),
      requiredClaims: [
        'sub',
        'email',
        'role',
        'jti',
        'iat',
        'exp',
        'correlation_id',
        'body_sha256',
        'method',
      ],
    }).catch((error: unknown) => {
      if (error instanceof errors.JWTExpired) throw new No(401, 'TOKEN_EXPIRED');
      throw new No(
        401,
        'TOKEN_INVALID',
        error instanceof errors.JWTClaimValidationFailed ? error.claim : 'signature',
      );
    });
    if (payload.exp! - payload.iat! > 60) throw new No(401, 'TOKEN_INVALID', 'life');
    if (payload.method !== request.method) throw new No(401, 'TOKEN_INVALID', 'method');
    if (payload.body_sha256 !== createHash('sha256').update(body).digest('base64url'))
      throw new No(401, 'TOKEN_INVALID', 'body');
    if (payload.correlation_id !== request.headers['x-correlation-id'])
      throw new No(401, 'TOKEN_INVALID', 'correlation_id');
    if (!['owner', 'admin', 'support'].includes(String(payload.role)))
      throw new No(401, 'TOKEN_INVALID', 'role');
    accepted.push(payload);
    return payload;
  };

  const needs = (claims: JWTPayload, ...roles: string[]): void => {
    if (!roles.includes(String(claims.role))) throw new No(403, 'INSUFFICIENT_ROLE');
  };

  const handle = (claims: JWTPayload, intent: Record<string, unknown>): unknown => {
    const payload = (intent.payload ?? {}) as Record<string, unknown>;
    const id = intent.id === undefined ? undefined : String(intent.id);
    const action = String(intent.action === 'custom' ? intent.command : intent.action);
    if (intent.model !== 'Order') throw new No(404, 'UNKNOWN_MODEL');
    const record = (row: string | null): void => {
      // Once, whatever came of it: a token is for one write.
      if (seen.has(String(claims.jti))) throw new No(401, 'TOKEN_REPLAYED');
      seen.add(String(claims.jti));
      const { correlation_id, sub, approval } = claims as Record<string, string>;
      changes.push({ row, action, correlation_id: correlation_id!, by: sub!, approval });
    };
    const found = (): Row => {
      const row = rows.get(id ?? '');
      if (!row) throw new No(404, 'NOT_FOUND');
      return row;
    };
    switch (action) {
      case 'list': {
        const all = [...rows.values()];
        const { filter } = payload as { filter?: { field: keyof Row; op: string; value: unknown } };
        const kept = filter
          ? all.filter((row) =>
              filter.op === 'in'
                ? (filter.value as unknown[]).includes(row[filter.field])
                : row[filter.field] === filter.value,
            )
          : all;
        const start = Number(payload.cursor ?? 0);
        const limit = Number(intent.limit ?? 50);
        return {
          items: kept.slice(start, start + limit),
          next_cursor: start + limit < kept.length ? String(start + limit) : null,
          previous_cursor: null,
          total: payload.count ? { count: kept.length, is_estimate: false } : null,
          labels: {},
          notes: [],
        };
      }
      case 'read':
        return { row: found(), version: versionOf(found()), labels: {} };
      case 'update': {
        needs(claims, 'owner', 'admin');
        const row = found();
        if (payload.version !== versionOf(row)) throw new No(409, 'CONFLICT');
        record(row.id);
        const changed = { ...row, ...(payload.values as Partial<Row>) };
        rows.set(row.id, changed);
        return { row: changed, version: versionOf(changed) };
      }
      case 'close': {
        const row = found();
        if (!claims.approval) throw new No(403, 'APPROVAL_REQUIRED');
        record(row.id);
        rows.set(row.id, { ...row, state: 'closed' });
        return { closed: row.id };
      }
      case 'history': {
        const items = changes
          .filter((change) =>
            payload.correlation_id
              ? change.correlation_id === payload.correlation_id
              : change.row === payload.id,
          )
          .map((change) => ({ id: randomUUID(), ...change }));
        return { items, next_cursor: null };
      }
      default:
        throw new No(404, 'UNKNOWN_ACTION');
    }
  };

  const answer = (response: ServerResponse, status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    heard.push({ headers: request.headers, body });
    response.on('close', () => {
      if (!response.writableFinished) abandoned++;
    });
    switch (product.manner) {
      case 'redirect':
        response.writeHead(307, { location: `${product.url}/elsewhere` }).end();
        return;
      case 'huge':
        response.writeHead(200, { 'content-type': 'application/json' });
        for (let n = 0; n < 12 && !response.destroyed; n++) response.write(Buffer.alloc(1024 * 1024, 32));
        response.end('{}');
        return;
      case 'slow':
        return; // It never answers.
      case 'page':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
        return;
      case 'broken_json':
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":');
        return;
      case 'wrong_shape':
        return answer(response, 200, { data: { rows: [] } });
      case 'newer_schema':
        return answer(response, 200, { data: { version: 99, models: [] } });
      case 'gateway':
        response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>No upstream</h1>');
        return;
      case 'odd_refusal':
        return answer(response, 418, { error: { code: 'teapot', message: 'x' } });
      default:
    }
    try {
      const claims = await verify(request, body);
      if (request.url === '/api/admin-machine-intent/schema' && request.method === 'GET')
        return answer(response, 200, { data: document(options.audience) });
      if (request.url !== '/api/admin-machine-intent' || request.method !== 'POST')
        throw new No(404, 'NOT_FOUND');
      const data = handle(claims, JSON.parse(body));
      if (product.manner === 'silent_after_change') return;
      if (product.manner === 'drops_after_change') return void request.socket.destroy();
      answer(response, 200, { data });
    } catch (error) {
      const no = error instanceof No ? error : new No(500, 'INTERNAL');
      answer(response, no.status, {
        error: {
          code: no.code,
          message: `It says ${no.code}`,
          request_id: randomUUID(),
          ...(no.reason ? { details: { reason: no.reason } } : {}),
          ...(no.code === 'CONFLICT' ? { details: { changed_fields: ['name'] } } : {}),
        },
      });
    }
  };

  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const product: SmallProduct = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rows,
    changes,
    accepted,
    heard,
    manner: 'good',
    abandoned: () => abandoned,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  return product;
}

const field = (name: string, isKey = false) => ({
  name,
  label: name,
  type: 'string',
  item_type: null,
  values: null,
  is_nullable: false,
  is_key: isKey,
  is_redacted: false,
  read_only: isKey ? 'key' : null,
  is_optional_on_create: false,
  max_length: null,
  operators: ['eq', 'in'],
  is_sortable: true,
  is_indexed: true,
  references: null,
});

const gate = (role: string) => ({ min_role: role, needs_approval: false });

function document(service: string) {
  return {
    version: 1,
    service,
    revision: '1',
    can_impersonate: false,
    models: [
      {
        name: 'Order',
        label: 'Order',
        label_plural: 'Orders',
        key: ['id'],
        label_field: 'name',
        fields: [field('id', true), field('name'), field('state')],
        list_fields: ['id', 'name', 'state'],
        search_fields: ['name'],
        default_sort: { field: 'id', direction: 'asc' },
        actions: {
          list: gate('support'),
          read: gate('support'),
          create: null,
          update: gate('admin'),
          delete: null,
        },
        custom_actions: [
          {
            name: 'close',
            label: 'Close',
            description: '',
            min_role: 'support',
            is_read_only: false,
            needs_approval: true,
            takes_row: true,
            form: null,
          },
        ],
        referenced_by: [],
      },
    ],
  };
}
