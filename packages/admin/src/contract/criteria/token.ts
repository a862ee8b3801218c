import { createHmac } from 'node:crypto';
import { type Criterion, criterion, must } from '../criterion.ts';
import { newKey, toJwk } from '../issuer.ts';
import { mustAccept, mustRefuse, type Product, type Send } from '../product.ts';

/** Sends a list with a token that is wrong in one way. */
async function refuses(product: Product, how: Send, ...codes: readonly string[]): Promise<void> {
  mustRefuse(await sendList(product, how), 401, ...codes);
}

async function sendList(product: Product, how: Send) {
  const { model } = await product.readable();
  return product.send({ model: model.name, action: 'list', payload: {}, limit: 1 }, how);
}

const now = (): number => Math.floor(Date.now() / 1000);
const check = 'Check it in what verifies admin tokens; `adminMachineAuth()` does.';

/** A criterion on a token that is wrong in its claims or header. */
function wrongToken(name: string, proves: string, how: () => Send, code = 'TOKEN_INVALID'): Criterion {
  return criterion(`token.${name}`, { proves, mend: check }, (product) => refuses(product, how(), code));
}

/** What an admin token has to be (docs/reference/admin-token.md). */
export const tokenCriteria: readonly Criterion[] = [
  wrongToken(
    'missing',
    'A call without a token is refused with UNAUTHENTICATED.',
    () => ({ authorization: null }),
    'UNAUTHENTICATED',
  ),
  criterion(
    'token.malformed',
    {
      proves: 'What is no token at all is refused with 401, and never with a failure of the server.',
      mend: 'Catch what parsing throws and answer with TOKEN_INVALID.',
    },
    async (product) => {
      for (const text of ['Bearer', 'Bearer x', 'Bearer a.b.c', 'Bearer e30.e30.', 'Basic dTpw'])
        await refuses(product, { authorization: text }, 'UNAUTHENTICATED', 'TOKEN_INVALID');
    },
  ),
  criterion(
    'token.signature',
    {
      proves: 'A token whose signature was made by another key under a known key id is refused.',
      mend: 'Verify the signature with the key of the issuer that `kid` names.',
    },
    (product) => refuses(product, { key: { ...newKey(), kid: product.issuer.key.kid } }, 'TOKEN_INVALID'),
  ),
  wrongToken('algorithm_none', 'A token of the algorithm `none` is refused.', () => ({
    header: { alg: 'none' },
    sign: () => '',
  })),
  wrongToken(
    'algorithm_confusion',
    'An HMAC made with the public key as its secret is refused: the algorithm is pinned to EdDSA.',
    () => ({
      header: { alg: 'HS256' },
      sign: (input, { x }) =>
        createHmac('sha256', Buffer.from(x, 'base64url')).update(input).digest('base64url'),
    }),
  ),
  criterion(
    'token.embedded_key',
    {
      proves: 'A key that the token brings in its own header (`jwk`) is not used.',
      mend: 'Take keys from the issuer’s key set alone.',
    },
    async (product) => {
      const key = { ...newKey(), kid: product.issuer.key.kid };
      await refuses(product, { key, header: { jwk: toJwk(key) } }, 'TOKEN_INVALID');
    },
  ),
  criterion(
    'token.key_address',
    {
      proves: 'An address of keys in the token’s header (`jku`) is not followed.',
      mend: 'Take keys from the issuer’s key set alone.',
    },
    async (product) => {
      const key = { ...newKey(), kid: product.issuer.key.kid };
      const before = product.issuer.reads.foreign;
      await refuses(product, { key, header: { jku: product.issuer.foreignKeySet(key) } }, 'TOKEN_INVALID');
      must(product.issuer.reads.foreign === before, 'the product read keys from where the token said');
    },
  ),
  wrongToken('type', 'A token of another `typ` is refused, whatever it claims.', () => ({
    header: { typ: 'JWT' },
  })),
  wrongToken('issuer', 'A token of another issuer is refused.', () => ({
    claims: { iss: 'https://elsewhere.example' },
  })),
  wrongToken('audience', 'A token for another service is refused.', () => ({
    claims: { aud: 'another-service' },
  })),
  wrongToken(
    'expired',
    'A token that has ended, by more than the clocks may differ, is refused with TOKEN_EXPIRED.',
    () => ({ claims: { iat: now() - 300, exp: now() - 240 } }),
    'TOKEN_EXPIRED',
  ),
  wrongToken('life', 'A token that lives longer than 60 seconds is refused.', () => ({
    claims: { exp: now() + 3600 },
  })),
  wrongToken('issued_in_future', 'A token from the future, by more than 30 seconds, is refused.', () => ({
    claims: { iat: now() + 300, exp: now() + 360 },
  })),
  wrongToken('not_before', 'A token before its `nbf` is refused.', () => ({ claims: { nbf: now() + 300 } })),
  criterion(
    'token.clock_skew',
    {
      proves: 'Clocks may differ by up to 30 seconds: tokens 15 seconds ahead or past their end still work.',
      mend: 'Allow 30 seconds where `iat` and `exp` are compared with the clock.',
    },
    async (product) => {
      mustAccept(await sendList(product, { claims: { iat: now() + 15, exp: now() + 75 } }));
      mustAccept(await sendList(product, { claims: { iat: now() - 75, exp: now() - 15 } }));
    },
  ),
  wrongToken('role', 'A role that is none of owner, admin and support is refused.', () => ({
    claims: { role: 'root' },
  })),
  wrongToken('role_required', 'A token without a role is refused.', () => ({ claims: { role: undefined } })),
  wrongToken('expiry_required', 'A token without an end is refused.', () => ({ claims: { exp: undefined } })),
  wrongToken('id_required', 'A token without `jti` is refused: it could be used again.', () => ({
    claims: { jti: undefined },
  })),
  wrongToken('operator_required', 'A token that names no operator is refused.', () => ({
    claims: { sub: undefined },
  })),
  wrongToken('correlation_required', 'A token without a correlation id is refused.', () => ({
    claims: { correlation_id: undefined },
    headers: { 'x-correlation-id': 'contract-suite' },
  })),
  wrongToken(
    'correlation_header',
    'A header X-Correlation-Id that differs from the claim is refused.',
    () => ({
      headers: { 'x-correlation-id': 'contract-suite-other' },
    }),
  ),
  criterion(
    'token.body',
    {
      proves: 'A token for one body does not carry another.',
      mend: 'Compare `body_sha256` with the SHA-256 of the body as it came.',
    },
    async (product) => {
      const { model } = await product.readable();
      const intent = { model: model.name, action: 'list', payload: {}, limit: 1 };
      const bodySent = JSON.stringify({ ...intent, limit: 2 });
      mustRefuse(await product.send(intent, { bodySent }), 401, 'TOKEN_INVALID');
    },
  ),
  criterion(
    'token.body_exact',
    {
      proves: 'The digest is of the bytes that came, not of what they mean: one more space is refused.',
      mend: 'Digest the raw body, before it is parsed.',
    },
    async (product) => {
      const { model } = await product.readable();
      const intent = { model: model.name, action: 'list', payload: {}, limit: 1 };
      const bodySent = `${JSON.stringify(intent)} `;
      mustRefuse(await product.send(intent, { bodySent }), 401, 'TOKEN_INVALID');
    },
  ),
  criterion(
    'token.method',
    {
      proves: 'A token for GET does not work for POST, nor the other way round.',
      mend: 'Compare the claim `method` with the request’s.',
    },
    async (product) => {
      await refuses(product, { claims: { method: 'GET' } }, 'TOKEN_INVALID');
      mustRefuse(await product.readSchemaAnswer({ claims: { method: 'POST' } }), 401, 'TOKEN_INVALID');
    },
  ),
  criterion(
    'token.reason',
    {
      proves: 'TOKEN_INVALID says in `details.reason` which check failed, so that an operator can mend it.',
      mend: 'Answer with `details: {reason}`, a word for each check.',
    },
    async (product) => {
      const answer = await sendList(product, { claims: { aud: 'another-service' } });
      if (answer.error?.code !== 'TOKEN_INVALID') return;
      const details = answer.error.details as { reason?: unknown } | undefined;
      must(typeof details?.reason === 'string' && details.reason !== '', 'details.reason is missing');
    },
  ),
];

/** How the issuer's keys are read. */
export const keyCriteria: readonly Criterion[] = [
  criterion(
    'keys.rotation',
    {
      proves: 'A token by a key that was published a moment ago works on its first call.',
      mend: 'Read the key set again for a key id that is not known yet.',
    },
    async (product) => {
      const key = newKey();
      product.issuer.publish(key);
      mustAccept(await sendList(product, { key }));
      mustAccept(await sendList(product, {}));
    },
  ),
  criterion(
    'keys.unknown',
    { proves: 'A token by a key that the issuer never published is refused.', mend: check },
    (product) => refuses(product, { key: newKey() }, 'TOKEN_INVALID'),
  ),
  criterion(
    'keys.issuer_away',
    {
      proves: 'While the platform is away, known keys go on working.',
      mend: 'Keep the keys that were read last, and read them on their age, not on each call.',
    },
    async (product) => {
      mustAccept(await sendList(product, {}));
      product.issuer.isAway = true;
      try {
        for (let call = 0; call < 3; call += 1) mustAccept(await sendList(product, {}));
      } finally {
        product.issuer.isAway = false;
      }
    },
  ),
  criterion(
    'keys.unknown_flood',
    {
      proves: 'Thirty invented key ids cause ten reads of the key set at most.',
      mend: 'Limit how often an unknown key id makes you read the key set.',
    },
    async (product) => {
      const before = product.issuer.reads.keySet;
      for (let call = 0; call < 30; call += 1)
        await product.send({ model: 'X', action: 'list' }, { key: newKey() });
      const reads = product.issuer.reads.keySet - before;
      must(reads <= 10, `thirty invented key ids caused ${reads} reads of the key set`);
    },
  ),
];
