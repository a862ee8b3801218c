// Long because it is one list: every way to confuse a verifier of JWTs that we know of.
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { SignatureAlgorithm } from '@castellan/contract';
import { signInput } from '../src/platform/keys/compact-jws.ts';

/** What a forger starts from: a genuine token, our public key, and (for what only a fault of ours could make) our private key. */
export interface ForgeryBase {
  readonly genuine: string;
  readonly kid: string;
  readonly algorithm: SignatureAlgorithm;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** Keys of ours for other algorithms. */
  readonly otherKeys: readonly {
    readonly kid: string;
    readonly algorithm: SignatureAlgorithm;
    readonly privateKey: KeyObject;
  }[];
  readonly now: number;
}

/** One class of forgeries. */
export interface ForgeryClass {
  readonly name: string;
  readonly tokens: readonly string[];
  /** Where the claims alone are wrong: verification of the bare signature has no say in it. */
  readonly byClaims?: true;
  /** Where only who knows the grants can tell. */
  readonly byGrant?: true;
}

const segment = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const foreigners = {
  EdDSA: generateKeyPairSync('ed25519'),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

/** The order of the group of Ed25519, little-endian. */
const order = Buffer.from('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', 'hex');

/** The order of the group of P-256 (SEC 2 §2.4.2). */
const orderOfP256 = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

/** The same signature with S + L: good for a verifier that does not look whether S is reduced (RFC 8032 §5.1.7). */
function malleated(signature: Buffer): Buffer {
  const bytes = Buffer.from(signature);
  let carry = 0;
  for (let at = 0; at < 32; at++) {
    const sum = bytes[32 + at]! + order[at]! + carry;
    bytes[32 + at] = sum & 0xff;
    carry = sum >> 8;
  }
  return bytes;
}

/** Makes every forgery, by class. */
export function forgeTokens(base: ForgeryBase): ForgeryClass[] {
  const [genuineHeader, genuinePayload, genuineSignature] = base.genuine.split('.') as [
    string,
    string,
    string,
  ];
  const claims = JSON.parse(Buffer.from(genuinePayload, 'base64url').toString()) as Record<string, unknown>;
  const { algorithm } = base;
  const header = { alg: algorithm, typ: 'at+jwt', kid: base.kid };
  const foreign = foreigners[algorithm];
  const by = (key: KeyObject, head: unknown, body: unknown = claims): string => {
    const input = `${segment(head)}.${segment(body)}`;
    return `${input}.${signInput(algorithm, key, Buffer.from(input)).toString('base64url')}`;
  };
  const own = (head: unknown, body?: unknown): string => by(base.privateKey, head, body);
  const stranger = (head: unknown, body?: unknown): string => by(foreign.privateKey, head, body);
  const hmac = (alg: string, secret: string | Buffer): string => {
    const input = `${segment({ ...header, alg })}.${genuinePayload}`;
    return `${input}.${createHmac(`sha${alg.slice(2)}`, secret)
      .update(input)
      .digest('base64url')}`;
  };
  /** Signed as a key signs, whatever the header says of it. */
  const claimedAs = (
    alg: string,
    kid: string,
    signer: { readonly algorithm: SignatureAlgorithm; readonly privateKey: KeyObject },
  ): string => {
    const input = `${segment({ ...header, alg, kid })}.${genuinePayload}`;
    return `${input}.${signInput(signer.algorithm, signer.privateKey, Buffer.from(input)).toString('base64url')}`;
  };
  const withSignature = (bytes: Buffer, alg: string = algorithm): string =>
    `${segment({ ...header, alg })}.${genuinePayload}.${bytes.toString('base64url')}`;
  const input = Buffer.from(`${genuineHeader}.${genuinePayload}`);
  const spki = base.publicKey.export({ format: 'pem', type: 'spki' });
  const der = base.publicKey.export({ format: 'der', type: 'spki' });
  const jwk = base.publicKey.export({ format: 'jwk' });
  const foreignJwk = foreign.publicKey.export({ format: 'jwk' });
  const signature = Buffer.from(genuineSignature, 'base64url');
  const standard = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/');
  const rawHeader = (text: string): string => own(text);
  const rawPayload = (text: string): string => own(header, text);

  const degenerate = (): string[] => {
    switch (algorithm) {
      case 'EdDSA':
        return [
          // The neutral element as R with S = 0, and other points of small order.
          Buffer.concat([Buffer.from(`01${'00'.repeat(31)}`, 'hex'), Buffer.alloc(32)]),
          Buffer.concat([Buffer.from(`ec${'ff'.repeat(30)}7f`, 'hex'), Buffer.alloc(32)]),
          Buffer.concat([signature.subarray(0, 32), Buffer.alloc(32)]),
          Buffer.concat([Buffer.alloc(32), signature.subarray(32)]),
          malleated(signature),
        ].map((bytes) => withSignature(bytes));
      case 'ES256':
        return [
          // DER, which is for others (RFC 7518 §3.4); another digest; r or s out of range; r and s in turn.
          sign('sha256', input, base.privateKey),
          sign('sha384', input, { key: base.privateKey, dsaEncoding: 'ieee-p1363' }),
          Buffer.concat([signature.subarray(0, 32), Buffer.alloc(32)]),
          Buffer.concat([Buffer.alloc(32), signature.subarray(32)]),
          Buffer.concat([signature.subarray(0, 32), orderOfP256]),
          Buffer.concat([signature.subarray(32), signature.subarray(0, 32)]),
          Buffer.concat([
            Buffer.alloc(1),
            signature.subarray(0, 32),
            Buffer.alloc(1),
            signature.subarray(32),
          ]),
        ].map((bytes) => withSignature(bytes));
      case 'RS256':
        return [
          // Another padding, another digest, and the numbers whose power is known.
          sign('sha256', input, {
            key: base.privateKey,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
          }),
          sign('sha1', input, base.privateKey),
          sign('sha512', input, base.privateKey),
          Buffer.alloc(256),
          Buffer.concat([Buffer.alloc(255), Buffer.of(1)]),
          Buffer.concat([Buffer.alloc(1), signature]),
          signature.subarray(1),
        ].map((bytes) => withSignature(bytes));
    }
  };

  return [
    {
      name: 'alg none',
      tokens: [
        'none',
        'None',
        'NONE',
        'nOnE',
        '',
        null,
        undefined,
        0,
        [algorithm],
        { alg: algorithm },
      ].flatMap((alg) => {
        const input = `${segment({ ...header, alg })}.${genuinePayload}`;
        return [`${input}.`, `${input}.${genuineSignature}`, `${input}.AA`];
      }),
    },
    {
      name: 'HMAC with the public key',
      tokens: ['HS256', 'HS384', 'HS512'].flatMap((alg) =>
        [
          spki,
          spki.toString().trim(),
          der,
          (jwk.x ?? jwk.n)!,
          Buffer.from((jwk.x ?? jwk.n)!, 'base64url'),
          JSON.stringify(jwk),
          '',
        ].map((secret) => hmac(alg, secret as string)),
      ),
    },
    {
      name: 'another algorithm',
      tokens: [
        ...(['EdDSA', 'ES256', 'RS256'] as const)
          .filter((other) => other !== algorithm)
          .map((other) =>
            claimedAs(other, base.kid, { algorithm: other, privateKey: foreigners[other].privateKey }),
          ),
        ...['Ed25519', 'ES384', 'ES512', 'RS384', 'RS512', 'PS256', 'ES256K', 'RSA1_5', 'dir']
          .concat([algorithm.toLowerCase(), `${algorithm} `])
          .map((alg) => own({ ...header, alg })),
      ],
    },
    {
      name: 'one of our keys for another of our algorithms',
      tokens: base.otherKeys.flatMap((key) => [
        // Its algorithm under the id of this key, this key's under its id, and each with the other's signature.
        claimedAs(key.algorithm, base.kid, key),
        claimedAs(algorithm, key.kid, key),
        claimedAs(algorithm, base.kid, key),
        claimedAs(key.algorithm, key.kid, base),
        claimedAs(algorithm, key.kid, base),
        claimedAs(key.algorithm, base.kid, base),
      ]),
    },
    { name: 'a foreign key under our id', tokens: [stranger(header)] },
    {
      name: 'embedded key (jwk)',
      tokens: [
        stranger({ ...header, jwk: foreignJwk }),
        stranger({ ...header, kid: undefined, jwk: foreignJwk }),
        stranger({ ...header, jwk: { ...foreignJwk, kid: base.kid } }),
        own({ ...header, jwk }),
      ],
    },
    {
      name: 'address of keys (jku)',
      tokens: [
        'http://127.0.0.1:9/jwks',
        'https://evil.example/jwks.json',
        '/.well-known/jwks.json',
        'file:///dev/null',
      ].flatMap((jku) => [stranger({ ...header, jku }), own({ ...header, jku })]),
    },
    {
      name: 'certificates (x5u, x5c, x5t)',
      tokens: [
        stranger({ ...header, x5u: 'http://127.0.0.1:9/c.pem' }),
        stranger({ ...header, x5c: ['MIIB'] }),
        stranger({ ...header, x5t: 'AAAA' }),
        own({ ...header, x5c: ['MIIB'] }),
        own({ ...header, 'x5t#S256': 'AAAA' }),
      ],
    },
    {
      name: 'key id',
      tokens: [
        '../../../../dev/null',
        "' OR '1'='1",
        "x' UNION SELECT 'AAAA' --",
        'http://127.0.0.1:9/key',
        '__proto__',
        'constructor',
        `${base.kid}\0`,
        base.kid.toLowerCase(),
        '',
        ' ',
        null,
        7,
        [base.kid],
        { kid: base.kid },
        undefined,
        'x'.repeat(3000),
      ]
        .flatMap((kid) => [stranger({ ...header, kid }), own({ ...header, kid })])
        .filter((token) => token !== own(header)),
    },
    {
      name: 'critical extensions (crit)',
      tokens: [['exp'], ['b64'], [], ['alg'], 'exp', null].flatMap((crit) => [
        own({ ...header, crit }),
        own({ ...header, crit, exp: 1, b64: true }),
      ]),
    },
    {
      name: 'unencoded payload (b64: false)',
      tokens: [
        own({ ...header, b64: false }),
        own({ ...header, b64: false, crit: ['b64'] }),
        (() => {
          const head = segment({ ...header, b64: false, crit: ['b64'] });
          const body = JSON.stringify(claims);
          return `${head}.${body}.${sign(null, Buffer.from(`${head}.${body}`), base.privateKey).toString('base64url')}`;
        })(),
      ],
    },
    {
      name: 'members twice',
      tokens: [
        rawHeader(`{"alg":"none","typ":"at+jwt","kid":"${base.kid}","alg":"${algorithm}"}`),
        rawHeader(`{"alg":"${algorithm}","typ":"JWT","kid":"${base.kid}","typ":"at+jwt"}`),
        rawHeader(`{"alg":"${algorithm}","typ":"at+jwt","kid":"x","kid":"${base.kid}"}`),
        rawHeader(`{"alg":"${algorithm}","\\u0061lg":"${algorithm}","typ":"at+jwt","kid":"${base.kid}"}`),
      ],
    },
    {
      name: 'another spelling of base64url',
      tokens: [
        `${base.genuine}=`,
        `${base.genuine}==`,
        `${genuineHeader}=.${genuinePayload}.${genuineSignature}`,
        `${genuineHeader}.${genuinePayload}=.${genuineSignature}`,
        `${genuineHeader}.${genuinePayload}.${genuineSignature.slice(0, 20)}\n${genuineSignature.slice(20)}`,
        ` ${base.genuine}`,
        `${base.genuine} `,
        // The last character of 64 bytes holds two bits that mean nothing.
        ...['B', 'C', 'D', 'R', 'h', 'x']
          .map((last) => genuineSignature.slice(0, -1) + last)
          .filter((other) => other !== genuineSignature && Buffer.from(other, 'base64url').equals(signature))
          .map((other) => `${genuineHeader}.${genuinePayload}.${other}`),
        ...(standard(base.genuine) === base.genuine ? [] : [standard(base.genuine)]),
      ],
    },
    {
      name: 'another type (typ)',
      tokens: [
        'JWT',
        'jwt',
        'AT+JWT',
        'application/at+jwt',
        'at+jwt ',
        'admin-session+jwt',
        'logout+jwt',
        'dpop+jwt',
        'client-authentication+jwt',
        'token-introspection+jwt',
        null,
        undefined,
        ['at+jwt'],
      ].map((typ) => own({ ...header, typ })),
    },
    {
      name: 'header of another form',
      tokens: [
        '[]',
        'null',
        '"x"',
        '7',
        '{',
        '',
        '{}',
        `{"alg":"${algorithm}"}`,
        `\ufeff${JSON.stringify(header)}`,
      ]
        .map(rawHeader)
        .concat([
          own({ ...header, extra: 1 }),
          own({ ...header, zip: 'DEF' }),
          own({ ...header, enc: 'A256GCM' }),
          own({ ...header, cty: 'JWT' }),
        ]),
    },
    {
      name: 'payload of another form',
      tokens: ['[]', 'null', '"x"', '7', '{', '', ' ', `${JSON.stringify(claims)}x`].map(rawPayload),
    },
    {
      name: 'times',
      tokens: [
        { ...claims, exp: base.now - 3600, iat: base.now - 7200 },
        { ...claims, exp: 0 },
        { ...claims, exp: -1 },
        { ...claims, exp: String(base.now + 600) },
        { ...claims, exp: null },
        { ...claims, exp: undefined },
        { ...claims, exp: [base.now + 600] },
        { ...claims, iat: base.now + 3600, exp: base.now + 7200 },
        { ...claims, iat: undefined },
        { ...claims, iat: 'now' },
        { ...claims, nbf: base.now + 3600 },
        { ...claims, nbf: 'later' },
      ].map((body) => own(header, body)),
    },
    {
      name: 'issuer',
      byClaims: true,
      tokens: [
        'https://evil.example',
        `${String(claims.iss)}/`,
        `${String(claims.iss)}.evil.example`,
        '',
        null,
        undefined,
        [claims.iss],
      ].map((iss) => own(header, { ...claims, iss })),
    },
    {
      name: 'audience',
      byClaims: true,
      tokens: [
        'billing',
        '',
        null,
        undefined,
        7,
        ['orders', 'billing'],
        [],
        { orders: true },
        'ORDERS',
        'orders ',
      ].map((aud) => own(header, { ...claims, aud })),
    },
    {
      name: 'subject and session',
      byClaims: true,
      byGrant: true,
      tokens: [
        { sub: undefined },
        { sub: 7 },
        { sub: '' },
        { sub: '01890000-0000-7000-8000-000000000000' },
        { sid: 7 },
        { sid: "' OR true --" },
        { sid: '' },
        { sid: '01890000-0000-7000-8000-000000000000' },
        { wid: 7 },
        { wid: 'not an id' },
      ].map((change) => own(header, { ...claims, ...change })),
    },
    {
      name: 'oversized',
      tokens: [
        own(header, { ...claims, pad: 'x'.repeat(5000) }),
        'a'.repeat(1_000_000),
        `${'a.'.repeat(100_000)}`,
      ],
    },
    {
      name: 'JWE, nested and JSON forms',
      tokens: [
        [segment({ alg: 'dir', enc: 'A256GCM', kid: base.kid }), '', 'AAAA', 'AAAA', 'AAAA'].join('.'),
        [
          segment({ ...header, alg: 'RSA-OAEP', enc: 'A256GCM' }),
          'AAAA',
          'AAAA',
          genuinePayload,
          genuineSignature,
        ].join('.'),
        own({ ...header, cty: 'JWT' }, base.genuine),
        own(header, base.genuine),
        JSON.stringify({ payload: genuinePayload, protected: genuineHeader, signature: genuineSignature }),
        JSON.stringify({
          payload: genuinePayload,
          signatures: [{ protected: genuineHeader, signature: genuineSignature }],
        }),
      ],
    },
    {
      name: 'parts and trailing bytes',
      tokens: [
        '',
        '.',
        '..',
        '...',
        `${base.genuine}.`,
        `.${base.genuine}`,
        `${base.genuine}.x`,
        `${base.genuine}\n`,
        `${base.genuine}\0`,
        `${genuineHeader}.${genuinePayload}`,
        `${genuineHeader}.${genuinePayload}.`,
        `${genuineHeader}..${genuineSignature}`,
        `.${genuinePayload}.${genuineSignature}`,
        `${genuineHeader}.${genuinePayload}.${genuineSignature}AA`,
        `${genuineHeader}.${genuinePayload}.${genuineSignature.slice(0, -4)}`,
        `${genuinePayload}.${genuineHeader}.${genuineSignature}`,
        `Bearer ${base.genuine}`,
      ],
    },
    {
      name: 'psychic and degenerate signatures',
      tokens: [
        withSignature(Buffer.alloc(64)),
        withSignature(Buffer.alloc(64, 0xff)),
        withSignature(Buffer.alloc(0)),
        withSignature(Buffer.alloc(1)),
        withSignature(Buffer.alloc(64), 'ES256'),
        withSignature(Buffer.from('3006020100020100', 'hex'), 'ES256'),
        ...degenerate(),
      ],
    },
    {
      name: 'one bit changed',
      tokens: Array.from({ length: 96 }, (_, index) => {
        const bytes = Buffer.from(base.genuine);
        const at = Math.floor((index * bytes.length) / 96);
        bytes[at] = bytes[at]! ^ 1;
        return bytes.toString('latin1');
      }),
    },
    {
      name: 'claims changed after signing',
      tokens: [
        { sub: 'somebody-else' },
        { aud: 'billing' },
        { exp: base.now + 86_400 },
        { scope: 'everything' },
        {},
      ].map((change) => `${genuineHeader}.${segment({ ...claims, ...change, x: 1 })}.${genuineSignature}`),
    },
  ];
}
