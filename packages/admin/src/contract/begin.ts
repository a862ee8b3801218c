import type { Issuer } from './issuer.ts';
import { type Answer, adminPath, describe, type Product } from './product.ts';

/** What keeps a run from beginning: where any of these holds, each criterion would fail for this one reason. */
export type ObstacleKind =
  | 'unreachable'
  | 'not_mounted'
  | 'not_the_surface'
  | 'issuer'
  | 'audience'
  | 'keys'
  | 'refused';

/** Why a product could not be judged at all. */
export interface Obstacle {
  /** Stable, for programs. */
  readonly kind: ObstacleKind;
  /** What was seen, in one sentence. */
  readonly reason: string;
  /** What to do about it, in one sentence. */
  readonly mend: string;
}

/** How long the product may take to read a new issuer's keys: invented key ids before may have made it careful. */
const settleMs = 35_000;

/**
 * Asks for the schema document with a good token, and says what stands in the way of judging by it.
 *
 * One call is enough for everything but keys: a product that was asked for invented ones a moment ago, as the suite's end does, reads
 * no new ones for a while, and is asked again until it does.
 *
 * @param onWait hears once why the suite waits
 * @param patienceMs how long the product may take to read the suite's keys
 */
export async function findObstacle(
  product: Product,
  onWait: (obstacle: Obstacle) => void = () => {},
  patienceMs = settleMs,
): Promise<Obstacle | undefined> {
  const { issuer } = product;
  const readsBefore = issuer.reads.keySet;
  const until = Date.now() + patienceMs;
  for (let isFirst = true; ; isFirst = false) {
    const obstacle = await probe(product, () => issuer.reads.keySet > readsBefore);
    if (obstacle?.kind !== 'keys' || Date.now() > until) return obstacle;
    if (isFirst) onWait(obstacle);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function probe(product: Product, wasRead: () => boolean): Promise<Obstacle | undefined> {
  const { issuer, options } = product;
  const address = new URL(`${adminPath}/schema`, options.url).href;
  let answer: Answer;
  try {
    answer = await product.readSchemaAnswer();
  } catch (error) {
    return {
      kind: 'unreachable',
      reason: `The product does not answer at ${options.url} (${causeOf(error)}).`,
      mend: `Start the product, with ${issuer.url} as its issuer, or correct the address that it is asked at (--url).`,
    };
  }
  return answer.status === 200 && answer.body !== undefined
    ? undefined
    : (foreignAnswer(answer, address) ?? refusal(answer, address, product, wasRead));
}

/** An answer that no admin surface gave. */
function foreignAnswer(answer: Answer, address: string): Obstacle | undefined {
  const { status, headers, body } = answer;
  if (status === 404)
    return {
      kind: 'not_mounted',
      reason: `${address} answers with 404: no admin surface is mounted there.`,
      mend: `Mount what \`buildAdminMachine\` gives at ${adminPath}, or correct the product's address (--url).`,
    };
  const location = headers.get('location');
  if (status >= 300 && status < 400 && location !== null)
    return {
      kind: 'not_the_surface',
      reason: `${address} leads on to ${location} instead of answering.`,
      mend: `Let ${adminPath} past the product's own sign-in and redirects: admin tokens are all that it takes.`,
    };
  if (body !== undefined) return undefined;
  return {
    kind: 'not_the_surface',
    reason: `${address} answers with ${/^\s*</.test(answer.text) ? 'a web page' : 'something'} that is no JSON (${status} ${headers.get('content-type') ?? 'without a content type'}): it is not the admin surface.`,
    mend: "Correct the product's address (--url); where a web application takes every path, mount the admin surface before it.",
  };
}

/** A refusal of the surface itself, to a token that is good where the product is set up for it. */
function refusal(
  answer: Answer,
  address: string,
  { issuer, options: { url, service } }: Product,
  wasRead: () => boolean,
): Obstacle {
  const detail = (answer.error?.details as { reason?: unknown } | null | undefined)?.reason;
  const isTokenInvalid = answer.status === 401 && answer.error?.code === 'TOKEN_INVALID';
  if (isTokenInvalid && /^iss(uer)?$/.test(String(detail)))
    return {
      kind: 'issuer',
      reason: `The product at ${url} trusts another issuer than the suite, which is ${issuer.url}.`,
      mend: setIssuer(issuer),
    };
  if (isTokenInvalid && /^aud(ience)?$/.test(String(detail)))
    return {
      kind: 'audience',
      reason: `The product at ${url} takes tokens for another service than ${service}.`,
      mend: `Give its name (--service) as it stands in \`audience\` of configureAdminAuth, or set that to ${service}.`,
    };
  if (answer.status === 503 || (isTokenInvalid && isAboutKeys(detail)))
    return {
      kind: 'keys',
      reason: wasRead()
        ? `The product at ${url} has read the suite's keys and does not take a token by them (${describe(answer)}).`
        : `The product at ${url} did not read the suite's keys at ${issuer.url}/.well-known/jwks.json, and so trusts another issuer or can not reach it.`,
      mend: wasRead() ? 'Take the Ed25519 key of the set that `kid` names.' : setIssuer(issuer),
    };
  return {
    kind: 'refused',
    reason: `${address} ${describe(answer)} to a good token.`,
    mend: `Set the issuer to ${issuer.url} and the audience to ${service} (configureAdminAuth); if they are, look into the product's log.`,
  };
}

const setIssuer = ({ url }: Issuer): string =>
  `Set its issuer to ${url} (configureAdminAuth({ issuer }), in the sample product CASTELLAN_ISSUER), and start it again.`;

function isAboutKeys(reason: unknown): boolean {
  return reason === undefined || (typeof reason === 'string' && /key|kid|sign/i.test(reason));
}

/** `ECONNREFUSED`, or what else a connection failed by. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = (error.cause ?? {}) as { code?: unknown };
  if (typeof code === 'string') return code;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
