import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Broken, type Model, modelsOf, rowsOf, versionOf } from './data.ts';
import { list, shown } from './query.ts';
import { Refusal } from './refusal.ts';
import { type Claims, createVerifier } from './tokens.ts';
import { createWrites } from './writes.ts';

type Json = Record<string, unknown>;
type Role = Claims['role'];

/** The service that the small product is. */
export const service = 'small';
/** A person of the product, and an operator who only looks on as one. */
export const userAuthorization = 'Bearer user-1';
export const actor = {
  authorization: 'Bearer actor-read-only',
  intent: { model: 'Item', action: 'update', id: '1', payload: { name: 'x' } },
};

const path = '/api/admin-machine-intent';
const ranks: Readonly<Record<string, number>> = { support: 1, admin: 2, owner: 3, root: 3 };
const leastRoles: Readonly<Record<string, Role>> = {
  list: 'support',
  read: 'support',
  create: 'admin',
  update: 'admin',
  delete: 'owner',
};

/**
 * A product that does everything that the contract asks, in memory, by code of its own; or everything but one thing.
 * @param defect the criterion that it must fail by
 */
export async function startProduct(issuer: string, defect?: string) {
  const broken: Broken = (name) => name === defect;
  const rows = rowsOf();
  const models = modelsOf(broken);
  const writes = createWrites(rows, broken);
  const verifyToken = createVerifier(issuer, service, broken);

  async function schema(request: IncomingMessage): Promise<unknown> {
    if (request.headers.authorization !== undefined || !broken('schema.guarded'))
      await verifyToken(request, '');
    return {
      version: broken('schema.document') ? 2 : 1,
      service: broken('schema.service') ? 'other' : service,
      revision: broken('schema.revision') ? String(Math.random()) : '1',
      models,
      can_impersonate: !broken('impersonation.declared'),
    };
  }

  async function admin(request: IncomingMessage, body: string): Promise<unknown> {
    if (request.method !== 'POST' && !broken('surface.get')) throw new Refusal('METHOD_NOT_ALLOWED');
    if (!request.headers['content-type']?.startsWith('application/json') && !broken('surface.media_type'))
      if (request.method === 'POST') throw new Refusal('UNSUPPORTED_MEDIA_TYPE');
    const isStranger = request.headers.authorization === undefined;
    const isBare = isStranger && request.headers.cookie === undefined && request.url === path;
    const text =
      request.method === 'GET' ? (new URL(request.url!, 'http://x').searchParams.get('intent') ?? '') : body;
    if (isBare && broken('isolation.strangers')) modelOf(JSON.parse(text).model);
    const isKnown = (): boolean => models.some(({ name }) => name === JSON.parse(text).model);
    const claims: Claims =
      isBare && broken('token.missing') && isKnown()
        ? ({ role: 'support' } as Claims)
        : await verifyToken(request, request.method === 'GET' ? '' : body);
    return dispatch(parseIntent(text), claims);
  }

  function parseIntent(text: string): Json {
    try {
      return JSON.parse(text);
    } catch {
      throw new Refusal(broken('codes.malformed_json') ? 'VALIDATION_FAILED' : 'MALFORMED_REQUEST');
    }
  }

  function modelOf(name: unknown): Model {
    const model = models.find((one) => one.name === name);
    if (model) return model;
    throw new Refusal(
      broken('codes.unknown_model') ? 'NOT_FOUND' : 'UNKNOWN_MODEL',
      'There is no such model',
    );
  }

  function gate(claims: Claims, least: Role, ...exceptions: readonly string[]): void {
    if (exceptions.some(broken)) return;
    if (ranks[claims.role]! < ranks[least]!) throw new Refusal('INSUFFICIENT_ROLE');
  }

  function usualGate(action: string, claims: Claims, context: Json | undefined): void {
    const asked = (context?.role as Role | undefined) ?? claims.role;
    if (broken('gate.role_of_token') && ranks[asked]! >= ranks[leastRoles[action]!]!) return;
    if (claims.role === 'support' && broken(`gate.support_can_${action}`))
      throw new Refusal('INSUFFICIENT_ROLE');
    if (context === undefined && broken(`gate.${claims.role}_can_not_${action}`)) return;
    gate(claims, leastRoles[action]!);
  }

  async function dispatch(intent: Json, claims: Claims): Promise<unknown> {
    const model = modelOf(intent.model);
    const action = String(intent.action);
    const payload = (intent.payload ?? {}) as Json;
    const id = String(intent.id);
    const write = { model, claims, id, payload };
    if (action === 'custom') return custom(String(intent.command), write);
    if (!(action in leastRoles)) throw new Refusal('UNKNOWN_ACTION');
    usualGate(action, claims, intent.context as Json | undefined);
    if (intent.id !== undefined) checkId(id);
    switch (action) {
      case 'list':
        return list(model, rows[model.name]!, intent, rows, broken);
      case 'read': {
        const row = writes.find(write);
        return { row: shown(model, row, 'read', broken), version: versionOf(row), labels: {} };
      }
      case 'create':
        return writes.create(write);
      case 'update':
        return writes.update(write);
      default:
        if (model.actions.delete === null && !broken('gate.delete_denied'))
          throw new Refusal('DELETE_DENIED');
        return writes.remove(write);
    }
  }

  function checkId(id: string): void {
    if (!id.includes('\0')) return;
    throw broken('codes.malformed_id') ? new TypeError('invalid byte sequence') : new Refusal('NOT_FOUND');
  }

  async function custom(command: string, write: Parameters<typeof writes.update>[0]): Promise<unknown> {
    const { claims, model, id } = write;
    switch (command) {
      case 'history':
        return writes.history(write);
      case 'undo':
        gate(claims, 'admin');
        return writes.undo(write);
      case 'bulk_preview':
        return writes.preview(write);
      case 'bulk_run':
        return writes.run(write);
    }
    const action = model.custom_actions.find(({ name }) => name === command);
    if (!action) throw new Refusal(broken('codes.unknown_action') ? 'NOT_FOUND' : 'UNKNOWN_ACTION');
    gate(claims, 'admin', command === 'close' ? 'gate.custom_action' : 'impersonation.support');
    const by = (claims.approval as { by: { sub: string } } | undefined)?.by.sub;
    const isSecond = by !== claims.sub || broken('approval.second_person');
    const isApproved = by !== undefined && isSecond && !broken('approval.given');
    const isLetThrough = by === undefined && broken('approval.required');
    if (action.needs_approval && !isApproved && !isLetThrough) throw new Refusal('APPROVAL_REQUIRED');
    if (command === 'createActorToken' && broken('impersonation.unknown_user'))
      return { token: 'actor-token' };
    writes.find(write);
    return { id, done: true };
  }

  /** The product's own surfaces, which know nothing of the console. */
  function own(request: IncomingMessage, body: string, surface: string): unknown {
    const { authorization } = request.headers;
    if (surface === 'mcp') {
      if (broken('surface.mcp')) return { tools: [] };
      throw new Refusal('UNAUTHENTICATED');
    }
    const isAdminToken = authorization?.startsWith('Bearer ey');
    if (isAdminToken && !broken(`surface.${surface}`)) throw new Refusal('WRONG_SURFACE');
    const intent = body === '' ? {} : parseIntent(body);
    if (authorization === actor.authorization) {
      if (broken('impersonation.write_denied')) return { id: intent.id };
      throw new Refusal('IMPERSONATION_WRITE_DENIED');
    }
    if (authorization !== userAuthorization) throw new Refusal('UNAUTHENTICATED');
    const { action, command } = intent as { action: string; command?: string };
    if (action === 'list')
      return broken('isolation.list')
        ? list(modelOf(intent.model), rows.Item!, intent, rows, broken)
        : rows.Item!.map(({ id, name }) => ({ id, name }));
    if (command === 'history' && broken('isolation.auto_actions')) return { items: [] };
    if (command === 'close' && broken('isolation.admin_only')) return { done: true };
    throw new Refusal('UNKNOWN_ACTION');
  }

  async function route(request: IncomingMessage, body: string): Promise<unknown> {
    const { pathname } = new URL(request.url ?? '/', 'http://x');
    if (request.method === 'OPTIONS') throw new Refusal('METHOD_NOT_ALLOWED');
    if (body.length > 1_000_000 && !broken('surface.body_limit')) throw new Refusal('PAYLOAD_TOO_LARGE');
    switch (pathname) {
      case '/':
        return { hello: 'world' };
      case path:
        return admin(request, body);
      case `${path}/schema`:
        return schema(request);
      case '/api/intent':
        return own(request, body, 'standard');
      case '/api/machine-intent':
        return own(request, body, 'machine');
      case '/api/admin-intent':
        return own(request, body, 'legacy_admin');
      case '/mcp':
        return own(request, body, 'mcp');
      default:
        throw new Refusal('NOT_FOUND');
    }
  }

  function send(request: IncomingMessage, response: ServerResponse, status: number, body: unknown): void {
    const correlation = request.headers['x-correlation-id'];
    response.writeHead(status, {
      'content-type': broken('headers.content_type') ? 'text/html' : 'application/json',
      ...(broken('headers.no_store') ? {} : { 'cache-control': 'no-store' }),
      ...(correlation && !broken('headers.correlation') ? { 'x-correlation-id': correlation } : {}),
      ...(request.headers.origin && broken('headers.cross_origin')
        ? { 'access-control-allow-origin': '*' }
        : {}),
      ...(broken('headers.frame_ancestors') ? {} : { 'content-security-policy': "frame-ancestors 'none'" }),
    });
    response.end(JSON.stringify(body));
  }

  function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const refusal = error instanceof Refusal ? error : new Refusal('INTERNAL');
    const { code, status, details } = refusal;
    const request_id = String(request.headers['x-correlation-id'] ?? 'none-was-sent');
    send(request, response, status, {
      error: {
        code,
        ...(broken('codes.envelope') ? {} : { message: refusal.message }),
        request_id,
        ...(details && !broken('token.reason') ? { details } : {}),
      },
    });
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    try {
      send(request, response, 200, { data: await route(request, Buffer.concat(chunks).toString()) });
    } catch (error) {
      refuse(request, response, error);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    /** What it holds. */
    rows,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
