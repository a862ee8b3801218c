import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

type Role = 'viewer' | 'editor' | 'admin' | 'owner';

/** A workspace of the stand-in. */
export interface StandInWorkspace {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

/** A person of the stand-in; change a field and the next answer follows it. */
export interface StandInPerson {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  active: boolean;
  roles: Record<string, Role>;
}

interface Session {
  readonly id: string;
  readonly person: StandInPerson;
  ended: boolean;
}

export const standInKey = 'sk_orders_stand_in_key';
export const standInPassword = 'correct horse battery';

/** Speaks what the orders product and its page need of a Castellan, over real HTTP with real keys. */
export class StandInIssuer {
  readonly workspaces: StandInWorkspace[] = [];
  readonly people: StandInPerson[] = [];
  readonly sessions = new Map<string, Session>();
  /** Life of access tokens. */
  lifeSeconds = 900;
  /** How often each path was asked. */
  readonly visits = new Map<string, number>();
  readonly #refreshTokens = new Map<string, Session>();
  readonly #privateKey: CryptoKey;
  readonly #publicJwk: JWK;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  private constructor(privateKey: CryptoKey, publicJwk: JWK) {
    this.#privateKey = privateKey;
    this.#publicJwk = { ...publicJwk, kid: 'stand-in', use: 'sig', alg: 'EdDSA' };
  }

  static async start(port = 0): Promise<StandInIssuer> {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    const issuer = new StandInIssuer(privateKey, await exportJWK(publicKey));
    await new Promise<void>((resolve) => issuer.#server.listen(port, '127.0.0.1', resolve));
    return issuer;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  addWorkspace(slug: string, name: string): StandInWorkspace {
    const workspace = { id: randomUUID(), slug, name };
    this.workspaces.push(workspace);
    return workspace;
  }

  addPerson(name: string, roles: Record<string, Role>): StandInPerson {
    const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`;
    const person = { id: randomUUID(), email, name, active: true, roles };
    this.people.push(person);
    return person;
  }

  /** An access token of a new session. */
  async signIn(person: StandInPerson, workspaceId?: string): Promise<string> {
    const session = { id: randomUUID(), person, ended: false };
    this.sessions.set(session.id, session);
    return this.#accessToken(session, workspaceId);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accessToken(session: Session, workspaceId: string | undefined): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const { id, email, name, roles } = session.person;
    const claims = {
      sub: id,
      sid: session.id,
      email,
      name,
      jti: randomUUID(),
      ...(workspaceId ? { wid: workspaceId, wrole: roles[workspaceId] } : {}),
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'stand-in' })
      .setIssuer(this.address)
      .setAudience('orders')
      .setIssuedAt(now)
      .setExpirationTime(now + this.lifeSeconds)
      .sign(this.#privateKey);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const path = request.url ?? '';
    this.visits.set(path, (this.visits.get(path) ?? 0) + 1);
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
    response.setHeader('access-control-allow-headers', 'content-type');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const body = text === '' ? {} : JSON.parse(text);
    const [status, answer] = await this.#answer(path, body, request.headers.authorization);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(answer === null ? undefined : JSON.stringify(answer));
  }

  async #answer(
    path: string,
    body: Record<string, unknown>,
    authorization: string | undefined,
  ): Promise<[number, unknown]> {
    switch (path) {
      case '/.well-known/jwks.json':
        return [200, { keys: [this.#publicJwk] }];
      case '/v1/sessions/check':
        if (authorization !== `Bearer ${standInKey}`) return [401, {}];
        return [200, { results: (body.tokens as string[]).map((token) => this.#check(token)) }];
      case '/auth/login':
        return this.#login(body);
      case '/auth/refresh':
        return this.#refresh(body);
      case '/auth/logout': {
        const session = this.#refreshTokens.get(String(body.refresh_token));
        if (session) session.ended = true;
        return [204, null];
      }
      default:
        return [404, { code: 'not_found' }];
    }
  }

  #login(body: Record<string, unknown>): Promise<[number, unknown]> | [number, unknown] {
    const person = this.people.find(({ email }) => email === body.email);
    if (!person || body.password !== standInPassword) return problem(401, 'invalid_credentials');
    if (!person.active) return problem(403, 'account_deactivated');
    const session = { id: randomUUID(), person, ended: false };
    this.sessions.set(session.id, session);
    const member = Object.keys(person.roles);
    return this.#signedIn(session, member.length === 1 ? member[0] : undefined);
  }

  #refresh(body: Record<string, unknown>): Promise<[number, unknown]> | [number, unknown] {
    const token = String(body.refresh_token);
    const session = this.#refreshTokens.get(token);
    if (!session) return problem(401, 'token_reused');
    if (session.ended) return problem(401, 'session_ended');
    if (!session.person.active) return problem(401, 'session_ended');
    this.#refreshTokens.delete(token);
    const { workspace_id } = body;
    if (workspace_id && !session.person.roles[String(workspace_id)]) return problem(403, 'not_member');
    return this.#signedIn(session, workspace_id as string | undefined);
  }

  async #signedIn(session: Session, workspaceId: string | undefined): Promise<[number, unknown]> {
    const { id, email, name, roles } = session.person;
    const refreshToken = `crt_${randomUUID()}`;
    this.#refreshTokens.set(refreshToken, session);
    const workspaces = this.workspaces
      .filter((workspace) => roles[workspace.id])
      .map((workspace) => ({ ...workspace, role: roles[workspace.id] }));
    const workspace = workspaces.find((one) => one.id === workspaceId);
    const answer = {
      access_token: await this.#accessToken(session, workspaceId),
      token_type: 'Bearer',
      expires_in: this.lifeSeconds,
      refresh_token: refreshToken,
      refresh_expires_in: 604_800,
      session_id: session.id,
      user: { id, email, name },
      ...(workspace ? { workspace } : {}),
      workspaces,
    };
    return [200, answer];
  }

  #check(token: string): unknown {
    const { sub, sid, wid } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
    const session = this.sessions.get(sid);
    const person = this.people.find(({ id }) => id === sub);
    if (!session || !person) return { active: false, code: 'token_invalid' };
    if (!person.active) return { active: false, code: 'account_deactivated' };
    if (session.ended) return { active: false, code: 'session_ended' };
    const role = wid === undefined ? undefined : person.roles[wid];
    if (wid !== undefined && role === undefined) return { active: false, code: 'not_member' };
    const { id, email, name } = person;
    const workspace = this.workspaces.find((one) => one.id === wid);
    return {
      active: true,
      kind: 'user',
      user_id: id,
      email,
      name,
      session_id: sid,
      service: 'orders',
      ...(workspace ? { workspace_id: wid, workspace_slug: workspace.slug, workspace_role: role } : {}),
      expires_at: new Date(Date.now() + 900_000).toISOString(),
    };
  }
}

function problem(status: number, code: string): [number, unknown] {
  return [status, { type: 'about:blank', title: code, status, code, fix: '', correlation_id: 'stand-in' }];
}
