/**
 * The requests that two providers are sent, valid and broken: a table of endpoints, their parameters, and what can be
 * wrong with each. Long because it is one list.
 */
import { createHash, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { PageRequest, PageWalker } from './page-walker.ts';

/** One of the two, with somebody signed in at it. */
export interface Side {
  readonly issuer: string;
  readonly signedIn: PageWalker;
  readonly stranger: PageWalker;
}

/** The clients that both have. */
export interface SharedClients {
  readonly web: { readonly id: string; readonly secret: string };
  readonly post: { readonly id: string; readonly secret: string };
  readonly app: { readonly id: string };
  readonly machine: { readonly id: string; readonly secret: string };
  readonly keyed: { readonly id: string; readonly key: CryptoKeyLike };
  readonly device: { readonly id: string };
}

type CryptoKeyLike = Parameters<SignJWT['sign']>[0];

/** One request; what it needs beforehand is asked of the same side. */
export interface DifferentialRequest {
  readonly id: string;
  send(side: Side): Promise<Response>;
}

/** Where both send people back to. */
export const redirectUri = 'https://app.example.com/callback';
/** What both issue tokens for. */
export const resource = 'https://orders.example.com/';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const formType = 'application/x-www-form-urlencoded';

type Parameters_ = readonly (readonly [string, string])[];

const encode = (parameters: Parameters_): string =>
  new URLSearchParams(parameters.map(([...pair]) => pair)).toString();
const without = (parameters: Parameters_, name: string): Parameters_ =>
  parameters.filter(([other]) => other !== name);
const having = (parameters: Parameters_, name: string, value: string): Parameters_ => [
  ...without(parameters, name),
  [name, value],
];

/** What can be wrong with a parameter, whatever it is. */
const defects: Readonly<Record<string, (parameters: Parameters_, name: string) => Parameters_>> = {
  missing: without,
  empty: (parameters, name) => having(parameters, name, ''),
  twice: (parameters, name) => [
    ...parameters,
    [name, parameters.find(([other]) => other === name)?.[1] ?? 'x'],
  ],
  'not what it should be': (parameters, name) => having(parameters, name, 'x y!'),
  'with a control character': (parameters, name) => having(parameters, name, 'a\u0000b'),
  'very long': (parameters, name) => having(parameters, name, 'a'.repeat(3000)),
};

const form = (
  side: Side,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  side.stranger.fetch(`${side.issuer}${path}`, {
    method: 'POST',
    body,
    headers: { accept: 'application/json', 'content-type': formType, ...headers },
  });

const basic = ({ id, secret }: { readonly id: string; readonly secret: string }): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});

const bodyOf = async (response: Response): Promise<Record<string, string>> =>
  (await response.json()) as Record<string, string>;

/** All of them. */
export function differentialRequests(clients: SharedClients): DifferentialRequest[] {
  const { web, post, app, machine, keyed, device } = clients;
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const all: DifferentialRequest[] = [];
  const add = (id: string, send: DifferentialRequest['send']): void => void all.push({ id, send });

  const asking = (client = web.id): Parameters_ => [
    ['client_id', client],
    ['response_type', 'code'],
    ['redirect_uri', redirectUri],
    ['scope', 'openid profile email'],
    ['state', 'a-state'],
    ['nonce', 'a-nonce'],
    ['code_challenge', challenge],
    ['code_challenge_method', 'S256'],
  ];
  const authorize = (side: Side, parameters: Parameters_, who: 'signedIn' | 'stranger' = 'signedIn') =>
    side[who].fetch(`${side.issuer}/oauth/authorize?${encode(parameters)}`);
  const newCode = async (side: Side, client = web.id): Promise<string> => {
    const answer = await authorize(side, asking(client));
    const code = new URL(answer.headers.get('location') ?? side.issuer).searchParams.get('code');
    if (!code)
      throw new Error(
        `${side.issuer} gave no code: ${answer.status} ${answer.headers.get('location')} ${await answer.text()}`,
      );
    return code;
  };
  const codeGrant = (code: string): Parameters_ => [
    ['grant_type', 'authorization_code'],
    ['code', code],
    ['redirect_uri', redirectUri],
    ['code_verifier', verifier],
  ];
  const token = (side: Side, parameters: Parameters_, headers: Record<string, string> = {}) =>
    form(side, '/oauth/token', encode(parameters), headers);
  const newTokens = async (side: Side): Promise<Record<string, string>> =>
    bodyOf(await token(side, codeGrant(await newCode(side)), basic(web)));
  const assertion = (
    side: Side,
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ) => {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      iss: keyed.id,
      sub: keyed.id,
      aud: side.issuer,
      jti: randomBytes(8).toString('hex'),
      iat: now,
      exp: now + 60,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
      .sign(keyed.key);
  };

  // The authorization endpoint, and the same parameters pushed.
  const variations: readonly (readonly [string, string])[] = [
    ...['none', 'login', 'consent', 'select_account', 'none login', 'create', 'login consent'].map(
      (value) => ['prompt', value] as const,
    ),
    ...['0', '-1', 'abc', '3600', '1.5'].map((value) => ['max_age', value] as const),
    ...['aal1', 'unknown', 'unknown aal1'].map((value) => ['acr_values', value] as const),
    ...['query', 'form_post', 'fragment', 'web_message', 'jwt', 'unknown'].map(
      (value) => ['response_mode', value] as const,
    ),
    ...['token', 'id_token', 'code id_token', 'code token', 'none', 'CODE'].map(
      (value) => ['response_type', value] as const,
    ),
    ...['plain', 's256', 'S512'].map((value) => ['code_challenge_method', value] as const),
    ...['short', `${challenge}=`, 'ü'.repeat(43)].map((value) => ['code_challenge', value] as const),
    ...[
      'https://app.example.com/callback/',
      'https://app.example.com/callback?x=1',
      'https://app.example.com/callback#x',
      'https://app.example.com:8443/callback',
      'http://app.example.com/callback',
      'https://evil.example/callback',
      'https://app.example.com/callback/../callback',
      'javascript:alert(1)',
    ].map((value) => ['redirect_uri', value] as const),
    ...[resource, 'https://elsewhere.example/', 'not an address', `${resource}#x`, ''].map(
      (value) => ['resource', value] as const,
    ),
    ...['openid', 'profile', 'openid unknown:scope', 'openid offline_access', 'OPENID', 'openid  email'].map(
      (value) => ['scope', value] as const,
    ),
    ['request', 'eyJhbGciOiJub25lIn0.e30.'],
    ['request_uri', 'https://app.example.com/request'],
    ['request_uri', 'urn:ietf:params:oauth:request_uri:unknown'],
    ['registration', '{}'],
    ['claims', '{"userinfo":{"email":null}}'],
    ['claims', 'not json'],
    ['id_token_hint', 'not.a.token'],
    ['display', 'page'],
    ['display', 'hologram'],
    ['ui_locales', 'de en'],
    ['login_hint', 'mara@example.com'],
    ['dpop_jkt', 'x'],
    ['something_else', 'x'],
    ['authorization_details', '[]'],
    ['client_id', 'unknown'],
    ['client_id', machine.id],
    ['client_secret', web.secret],
  ];
  const parametersOf = asking().map(([name]) => name);
  const push = (side: Side, parameters: Parameters_, headers: Record<string, string> = basic(web)) =>
    form(side, '/oauth/par', encode(parameters), headers);
  add('authorize: valid', (side) => authorize(side, asking()));
  add('par: valid', (side) => push(side, asking()));
  for (const name of parametersOf)
    for (const [defect, breakIt] of Object.entries(defects)) {
      add(`authorize: ${name} ${defect}`, (side) => authorize(side, breakIt(asking(), name)));
      add(`par: ${name} ${defect}`, (side) => push(side, breakIt(asking(), name)));
    }
  for (const [name, value] of variations) {
    add(`authorize: ${name}=${value}`, (side) => authorize(side, having(asking(), name, value)));
    add(`par: ${name}=${value}`, (side) => push(side, having(asking(), name, value)));
  }
  add('authorize: stranger', (side) => authorize(side, asking(), 'stranger'));
  add('authorize: stranger, prompt=none', (side) =>
    authorize(side, having(asking(), 'prompt', 'none'), 'stranger'),
  );
  add('authorize: nothing at all', (side) => authorize(side, []));
  add('par: nothing at all', (side) => push(side, []));
  add('par: no client', (side) => push(side, without(asking(), 'client_id'), {}));
  add('par: a public client', (side) => push(side, asking(app.id), {}));
  add('par: a wrong secret', (side) => push(side, asking(), basic({ ...web, secret: 'wrong' })));
  add('par: somebody else’s client_id', (side) => push(side, asking(post.id)));
  const pushed = async (side: Side) => (await bodyOf(await push(side, asking()))).request_uri!;
  const usePushed = (side: Side, uri: string, client = web.id) =>
    authorize(side, [
      ['client_id', client],
      ['request_uri', uri],
    ]);
  add('authorize: what was pushed', async (side) => usePushed(side, await pushed(side)));
  add('authorize: what another client pushed', async (side) => usePushed(side, await pushed(side), post.id));
  add('authorize: what was pushed, again', async (side) => {
    const uri = await pushed(side);
    await usePushed(side, uri);
    return usePushed(side, uri);
  });

  // The token endpoint: codes.
  add('code: valid', async (side) => token(side, codeGrant(await newCode(side)), basic(web)));
  for (const name of ['grant_type', 'code', 'redirect_uri', 'code_verifier'])
    for (const [defect, breakIt] of Object.entries(defects))
      add(`code: ${name} ${defect}`, async (side) =>
        token(side, breakIt(codeGrant(await newCode(side)), name), basic(web)),
      );
  add('code: again', async (side) => {
    const grant = codeGrant(await newCode(side));
    await token(side, grant, basic(web));
    return token(side, grant, basic(web));
  });
  add('code: another redirect_uri', async (side) =>
    token(
      side,
      having(codeGrant(await newCode(side)), 'redirect_uri', 'https://app.example.com/other'),
      basic(web),
    ),
  );
  add('code: another verifier', async (side) =>
    token(
      side,
      having(codeGrant(await newCode(side)), 'code_verifier', randomBytes(32).toString('base64url')),
      basic(web),
    ),
  );
  add('code: of another client', async (side) => token(side, codeGrant(await newCode(side)), basic(post)));
  add('code: its resource', async (side) =>
    token(side, having(codeGrant(await newCode(side)), 'resource', resource), basic(web)),
  );
  add('code: another resource', async (side) =>
    token(side, having(codeGrant(await newCode(side)), 'resource', 'https://elsewhere.example/'), basic(web)),
  );
  add('code: with a scope', async (side) =>
    token(side, having(codeGrant(await newCode(side)), 'scope', 'openid'), basic(web)),
  );
  add('code: with something else', async (side) =>
    token(side, having(codeGrant(await newCode(side)), 'else', 'x'), basic(web)),
  );

  // How clients prove themselves.
  const machines = (): Parameters_ => [
    ['grant_type', 'client_credentials'],
    ['scope', 'orders:read'],
  ];
  const authentications: Readonly<Record<string, (side: Side) => Promise<Response>>> = {
    nothing: (side) => token(side, machines()),
    'client_id alone': (side) => token(side, having(machines(), 'client_id', machine.id)),
    'a wrong secret': (side) => token(side, machines(), basic({ ...machine, secret: 'wrong' })),
    'an empty secret': (side) => token(side, machines(), basic({ ...machine, secret: '' })),
    'an unknown client': (side) => token(side, machines(), basic({ id: 'unknown', secret: 'x' })),
    'the secret in the body': (side) =>
      token(side, having(having(machines(), 'client_id', machine.id), 'client_secret', machine.secret)),
    'the secret in both': (side) =>
      token(side, having(machines(), 'client_secret', machine.secret), basic(machine)),
    'another client_id in the body': (side) =>
      token(side, having(machines(), 'client_id', web.id), basic(machine)),
    'its client_id in the body': (side) =>
      token(side, having(machines(), 'client_id', machine.id), basic(machine)),
    'Basic that is not base64': (side) => token(side, machines(), { authorization: 'Basic ***' }),
    'Basic without a colon': (side) =>
      token(side, machines(), { authorization: `Basic ${Buffer.from('x').toString('base64')}` }),
    'Basic that is badly encoded': (side) =>
      token(side, machines(), { authorization: `Basic ${Buffer.from('%zz:x').toString('base64')}` }),
    'Bearer instead': (side) => token(side, machines(), { authorization: 'Bearer x' }),
    'an empty header': (side) => token(side, machines(), { authorization: 'Basic' }),
    'a public client': (side) => token(side, having(machines(), 'client_id', app.id)),
    'basic of a client of post': (side) => token(side, machines(), basic(post)),
  };
  for (const [name, send] of Object.entries(authentications)) add(`authentication: ${name}`, send);
  const byKey = (side: Side, jwt: string, more: Parameters_ = []) =>
    token(side, [
      ...machines(),
      ['client_assertion_type', assertionType],
      ['client_assertion', jwt],
      ...more,
    ]);
  const now = (): number => Math.floor(Date.now() / 1000);
  const assertions: Readonly<Record<string, (side: Side) => Promise<Response>>> = {
    valid: async (side) => byKey(side, await assertion(side)),
    'for the token endpoint': async (side) =>
      byKey(side, await assertion(side, { aud: `${side.issuer}/oauth/token` })),
    'for somebody else': async (side) =>
      byKey(side, await assertion(side, { aud: 'https://elsewhere.example' })),
    'for several': async (side) =>
      byKey(side, await assertion(side, { aud: [side.issuer, 'https://elsewhere.example'] })),
    expired: async (side) => byKey(side, await assertion(side, { exp: now() - 120 })),
    'without an end': async (side) => byKey(side, await assertion(side, { exp: undefined })),
    'without jti': async (side) => byKey(side, await assertion(side, { jti: undefined })),
    'not yet': async (side) => byKey(side, await assertion(side, { nbf: now() + 600 })),
    'of another issuer': async (side) => byKey(side, await assertion(side, { iss: web.id })),
    'of another subject': async (side) => byKey(side, await assertion(side, { sub: web.id })),
    'of an unknown key': async (side) => byKey(side, await assertion(side, {}, { kid: 'two' })),
    'without a kid': async (side) => byKey(side, await assertion(side, {}, { kid: undefined })),
    'that is no JWT': (side) => byKey(side, 'not a jwt'),
    'that is empty': (side) => byKey(side, ''),
    'with alg none': async (side) =>
      byKey(
        side,
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await assertion(side)).split('.')[1]}.`,
      ),
    'changed on the way': async (side) => byKey(side, (await assertion(side)).replace(/\.[^.]{4}/, '.AAAA')),
    'with a secret too': async (side) => byKey(side, await assertion(side), [['client_secret', 'x']]),
    'with its client_id': async (side) => byKey(side, await assertion(side), [['client_id', keyed.id]]),
    'with another client_id': async (side) => byKey(side, await assertion(side), [['client_id', web.id]]),
    'without its type': async (side) =>
      token(side, [...machines(), ['client_assertion', await assertion(side)]]),
    'of another type': async (side) =>
      token(side, [
        ...machines(),
        ['client_assertion_type', 'x'],
        ['client_assertion', await assertion(side)],
      ]),
    'for the second time': async (side) => {
      const jwt = await assertion(side);
      await byKey(side, jwt);
      return byKey(side, jwt);
    },
  };
  for (const [name, send] of Object.entries(assertions)) add(`assertion: ${name}`, send);

  // Client credentials, refresh tokens, devices.
  add('machine: valid', (side) => token(side, machines(), basic(machine)));
  for (const scope of ['', 'unknown', 'orders:read unknown', 'openid'])
    add(`machine: scope=${scope}`, (side) => token(side, having(machines(), 'scope', scope), basic(machine)));
  add('machine: no scope', (side) => token(side, without(machines(), 'scope'), basic(machine)));
  add('machine: scope twice', (side) =>
    token(side, [...machines(), ['scope', 'orders:read']], basic(machine)),
  );
  add('machine: resource', (side) => token(side, having(machines(), 'resource', resource), basic(machine)));
  add('machine: another resource', (side) =>
    token(side, having(machines(), 'resource', 'https://elsewhere.example/'), basic(machine)),
  );
  add('machine: a client that may not', (side) => token(side, machines(), basic(web)));
  for (const grant of ['password', 'implicit', 'urn:unknown', 'urn:ietf:params:oauth:grant-type:jwt-bearer'])
    add(`token: grant_type=${grant}`, (side) =>
      token(side, having(machines(), 'grant_type', grant), basic(machine)),
    );
  const refreshing = (value: string): Parameters_ => [
    ['grant_type', 'refresh_token'],
    ['refresh_token', value],
  ];
  add('refresh: valid', async (side) =>
    token(side, refreshing((await newTokens(side)).refresh_token!), basic(web)),
  );
  for (const [defect, breakIt] of Object.entries(defects))
    add(`refresh: refresh_token ${defect}`, async (side) =>
      token(side, breakIt(refreshing((await newTokens(side)).refresh_token!), 'refresh_token'), basic(web)),
    );
  add('refresh: of another client', async (side) =>
    token(side, refreshing((await newTokens(side)).refresh_token!), basic(post)),
  );
  add('refresh: an access token', async (side) =>
    token(side, refreshing((await newTokens(side)).access_token!), basic(web)),
  );
  for (const scope of ['openid', 'openid profile email', 'openid orders:read', 'unknown', ''])
    add(`refresh: scope=${scope}`, async (side) =>
      token(side, having(refreshing((await newTokens(side)).refresh_token!), 'scope', scope), basic(web)),
    );
  add('refresh: its resource', async (side) =>
    token(side, having(refreshing((await newTokens(side)).refresh_token!), 'resource', resource), basic(web)),
  );
  add('refresh: another resource', async (side) =>
    token(
      side,
      having(refreshing((await newTokens(side)).refresh_token!), 'resource', 'https://elsewhere.example/'),
      basic(web),
    ),
  );
  add('refresh: after its successor was used', async (side) => {
    const { refresh_token: first } = await newTokens(side);
    const second = await bodyOf(await token(side, refreshing(first!), basic(web)));
    await token(side, refreshing(second.refresh_token!), basic(web));
    return token(side, refreshing(first!), basic(web));
  });
  add('refresh: again, its successor unused', async (side) => {
    const { refresh_token: first } = await newTokens(side);
    await token(side, refreshing(first!), basic(web));
    return token(side, refreshing(first!), basic(web));
  });
  const beginDevice = (side: Side, parameters: Parameters_, headers: Record<string, string> = {}) =>
    form(side, '/oauth/device', encode(parameters), headers);
  const devices: Parameters_ = [
    ['client_id', device.id],
    ['scope', 'openid profile'],
  ];
  add('device: valid', (side) => beginDevice(side, devices));
  for (const name of ['client_id', 'scope'])
    for (const [defect, breakIt] of Object.entries(defects))
      add(`device: ${name} ${defect}`, (side) => beginDevice(side, breakIt(devices, name)));
  add('device: a client that may not', (side) => beginDevice(side, having(devices, 'client_id', app.id)));
  add('device: another resource', (side) =>
    beginDevice(side, having(devices, 'resource', 'https://elsewhere.example/')),
  );
  const poll = (side: Side, code: string, client = device.id) =>
    token(side, [
      ['grant_type', deviceGrant],
      ['device_code', code],
      ['client_id', client],
    ]);
  const deviceCode = async (side: Side) => (await bodyOf(await beginDevice(side, devices))).device_code!;
  add('device: polled before the yes', async (side) => poll(side, await deviceCode(side)));
  add('device: polled by another client', async (side) => poll(side, await deviceCode(side), app.id));
  add('device: polled with an unknown code', (side) => poll(side, 'unknown'));
  add('device: polled with no code', (side) => poll(side, ''));

  // What comes before parameters.
  const bodies: Readonly<Record<string, readonly [string, Record<string, string>]>> = {
    'as JSON': ['{"grant_type":"client_credentials"}', { 'content-type': 'application/json' }],
    'as text': ['grant_type=client_credentials', { 'content-type': 'text/plain' }],
    'of 60 KiB': [`grant_type=client_credentials&x=${'a'.repeat(60 * 1024)}`, {}],
    'with a charset': [
      'grant_type=client_credentials&scope=orders:read',
      { 'content-type': `${formType}; charset=utf-8` },
    ],
    'that is empty': ['', {}],
    'badly encoded': ['grant_type=client_credentials&scope=%zz', {}],
  };
  for (const [name, [body, headers]] of Object.entries(bodies))
    add(`body: ${name}`, (side) => form(side, '/oauth/token', body, { ...basic(machine), ...headers }));
  for (const path of ['token', 'par', 'device', 'introspect', 'revoke'])
    add(`GET /oauth/${path}`, (side) => side.stranger.fetch(`${side.issuer}/oauth/${path}`));
  for (const path of ['/.well-known/openid-configuration', '/oauth/jwks'])
    add(`GET ${path}`, (side) => side.stranger.fetch(`${side.issuer}${path}`));

  // What tokens open, and what is told of them.
  const userinfo = (side: Side, headers: Record<string, string>, more: PageRequest = {}) =>
    side.stranger.fetch(`${side.issuer}/oauth/userinfo`, {
      ...more,
      headers: { accept: 'application/json', ...headers },
    });
  const access = async (side: Side) => (await newTokens(side)).access_token!;
  add('userinfo: nothing', (side) => userinfo(side, {}));
  add('userinfo: garbage', (side) => userinfo(side, { authorization: 'Bearer x' }));
  add('userinfo: no token', (side) => userinfo(side, { authorization: 'Bearer ' }));
  add('userinfo: Basic', (side) => userinfo(side, { authorization: 'Basic x' }));
  add('userinfo: a refresh token', async (side) =>
    userinfo(side, { authorization: `Bearer ${(await newTokens(side)).refresh_token}` }),
  );
  add('userinfo: an ID token', async (side) =>
    userinfo(side, { authorization: `Bearer ${(await newTokens(side)).id_token}` }),
  );
  add('userinfo: DPoP without a proof', async (side) =>
    userinfo(side, { authorization: `DPoP ${await access(side)}` }),
  );
  add('userinfo: in the query', async (side) =>
    side.stranger.fetch(`${side.issuer}/oauth/userinfo?access_token=${await access(side)}`, {
      headers: { accept: 'application/json' },
    }),
  );
  add('userinfo: twice', async (side) =>
    side.stranger.fetch(`${side.issuer}/oauth/userinfo?access_token=x`, {
      headers: { accept: 'application/json', authorization: `Bearer ${await access(side)}` },
    }),
  );
  add('userinfo: a token for a service', async (side) =>
    userinfo(side, { authorization: `Bearer ${await access(side)}` }),
  );
  for (const path of ['introspect', 'revoke']) {
    const ask = (side: Side, parameters: Parameters_, headers: Record<string, string> = basic(web)) =>
      form(side, `/oauth/${path}`, encode(parameters), headers);
    add(`${path}: no client`, (side) => ask(side, [['token', 'x']], {}));
    add(`${path}: a wrong secret`, (side) => ask(side, [['token', 'x']], basic({ ...web, secret: 'wrong' })));
    add(`${path}: no token`, (side) => ask(side, []));
    add(`${path}: an empty token`, (side) => ask(side, [['token', '']]));
    add(`${path}: token twice`, (side) =>
      ask(side, [
        ['token', 'x'],
        ['token', 'y'],
      ]),
    );
    add(`${path}: an unknown token`, (side) => ask(side, [['token', 'x']]));
    add(`${path}: a hint nobody knows`, (side) =>
      ask(side, [
        ['token', 'x'],
        ['token_type_hint', 'x'],
      ]),
    );
    add(`${path}: a refresh token`, async (side) =>
      ask(side, [['token', (await newTokens(side)).refresh_token!]]),
    );
    add(`${path}: a refresh token of another client`, async (side) =>
      form(
        side,
        `/oauth/${path}`,
        encode([['token', (await newTokens(side)).refresh_token!]]),
        basic(machine),
      ),
    );
    add(`${path}: an access token`, async (side) => ask(side, [['token', await access(side)]]));
    add(`${path}: as JSON`, (side) =>
      form(side, `/oauth/${path}`, '{"token":"x"}', { ...basic(web), 'content-type': 'application/json' }),
    );
  }
  add('revoke: a refresh token is over', async (side) => {
    const { refresh_token: over } = await newTokens(side);
    await form(side, '/oauth/revoke', encode([['token', over!]]), basic(web));
    return token(side, refreshing(over!), basic(web));
  });
  return all;
}
