import { CanNotJudge, type Criterion, criterion, must } from '../criterion.ts';
import { type Answer, adminPath, describe, mustRefuse, type Product } from '../product.ts';
import { surfaces } from './surfaces.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const userToken = `${encode({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k' })}.${encode({ sub: 'u', client_id: 'c' })}.c2ln`;

/** Another surface of the product; one that it does not have answers with 404 and no code. */
function foreignSurface(name: string, path: string): Criterion {
  return criterion(
    `surface.${name}`,
    {
      proves: `An admin token at ${path} is refused with WRONG_SURFACE.`,
      mend: 'Refuse what plainly belongs to another surface before anything else; the router of @castellan/intents does.',
    },
    async (product) => {
      const { model } = await product.readable();
      const answer = await product.send({ model: model.name, action: 'list', payload: {} }, { path });
      if ([404, 405].includes(answer.status) && typeof answer.error?.code !== 'string')
        throw new CanNotJudge(`the product has no ${path}`);
      mustRefuse(answer, 403, 'WRONG_SURFACE');
    },
  );
}

async function listOf(product: Product): Promise<Readonly<Record<string, unknown>>> {
  const { model } = await product.readable();
  return { model: model.name, action: 'list', payload: {}, limit: 1 };
}

const isRefusal = (answer: Answer): boolean => answer.status >= 400 && answer.status < 500;

/** Which credential works at which door, and how it travels. */
export const surfaceCriteria: readonly Criterion[] = [
  criterion(
    'surface.user_token',
    {
      proves: 'An access token of a person is refused at the admin surface with WRONG_SURFACE.',
      mend: 'Look at `typ` before anything else.',
    },
    async (product) => {
      const answer = await product.send(await listOf(product), { authorization: `Bearer ${userToken}` });
      mustRefuse(answer, 403, 'WRONG_SURFACE');
    },
  ),
  criterion(
    'surface.service_key',
    {
      proves: 'A service key is refused at the admin surface with WRONG_SURFACE.',
      mend: 'Take admin tokens only.',
    },
    async (product) => {
      const authorization = `Bearer sk_${'x'.repeat(40)}`;
      mustRefuse(await product.send(await listOf(product), { authorization }), 403, 'WRONG_SURFACE');
    },
  ),
  foreignSurface('standard', surfaces.standard),
  foreignSurface('machine', surfaces.machine),
  foreignSurface('legacy_admin', surfaces.legacyAdmin),
  criterion(
    'surface.mcp',
    {
      proves: 'An admin token at /mcp is refused: agents are no operators.',
      mend: 'Know your own people in the `getUser` of the MCP surface, and nobody else.',
    },
    async (product) => {
      const intent = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
      const headers = { accept: 'application/json, text/event-stream' };
      const answer = await product.send(intent, { path: surfaces.mcp, headers });
      if ([404, 405].includes(answer.status)) throw new CanNotJudge('the product has no /mcp');
      must([401, 403].includes(answer.status), `${describe(answer)}, where 401 or 403 belongs`);
    },
  ),
  criterion(
    'surface.token_in_address',
    {
      proves: 'A token in the address is not taken: addresses are logged.',
      mend: 'Read the token from the header `Authorization` alone.',
    },
    async (product) => {
      const intent = await listOf(product);
      const { token } = product.token(JSON.stringify(intent));
      const path = `${adminPath}?access_token=${token}&token=${token}`;
      mustRefuse(await product.send(intent, { path, authorization: null }), 401, 'UNAUTHENTICATED');
    },
  ),
  criterion(
    'surface.token_in_cookie',
    {
      proves: 'A token in a cookie is not taken: another site could make a browser send it.',
      mend: 'Read the token from the header `Authorization` alone.',
    },
    async (product) => {
      const intent = await listOf(product);
      const { token } = product.token(JSON.stringify(intent));
      const headers = { cookie: `access_token=${token}; admin_token=${token}; token=${token}` };
      mustRefuse(await product.send(intent, { headers, authorization: null }), 401, 'UNAUTHENTICATED');
    },
  ),
  criterion(
    'surface.get',
    {
      proves: 'An intent is not taken by GET.',
      mend: 'Answer everything but POST with 405 (the schema document has its own address).',
    },
    async (product) => {
      const intent = await listOf(product);
      const path = `${adminPath}?intent=${encodeURIComponent(JSON.stringify(intent))}`;
      const answer = await product.send(intent, { method: 'GET', path });
      must(isRefusal(answer), `${describe(answer)} to a GET`);
    },
  ),
  criterion(
    'surface.media_type',
    {
      proves: 'A body that is not announced as JSON is refused: forms of other sites send such.',
      mend: 'Take the content type `application/json` only, and answer others with 415.',
    },
    async (product) => {
      const answer = await product.send(await listOf(product), { headers: { 'content-type': 'text/plain' } });
      must(isRefusal(answer), `${describe(answer)} to a body of text/plain`);
    },
  ),
  criterion(
    'surface.body_limit',
    {
      proves: 'A body of four megabytes is refused with 413.',
      mend: 'Bound the body before it is read, to one mebibyte or so.',
    },
    async (product) => {
      const body = JSON.stringify({ ...(await listOf(product)), context: { filler: 'x'.repeat(4_000_000) } });
      let status: number;
      try {
        ({ status } = await product.send({}, { body }));
      } catch {
        // The connection was ended while the body was under way, which refuses it as well.
        status = 413;
      }
      must(status === 413, `answered with ${status}, where 413 belongs`);
    },
  ),
];
