const policy = "frame-ancestors 'none'";

/** What of a Fastify app the plugin needs. */
interface FastifyLike {
  addHook(
    name: 'onSend',
    hook: (
      request: unknown,
      reply: { getHeader(name: string): unknown; header(name: string, value: unknown): unknown },
      payload: unknown,
      done: () => void,
    ) => void,
  ): unknown;
}

/** What of a Node response it needs. */
interface NodeResponse {
  getHeader(name: string): unknown;
  setHeader(name: string, value: string | readonly string[]): unknown;
  writeHead(...given: never[]): unknown;
}

/**
 * Tells browsers never to show the product inside another page, so that nobody can put an operator's session into a frame:
 * the header `Content-Security-Policy: frame-ancestors 'none'` on every answer. A policy that the product has already stays
 * beside it, since a browser obeys all that it is given (CSP Level 3 §4.2); nothing that is set elsewhere can loosen this one.
 *
 * @example
 * frameAncestorsNone.fastify(app);
 * app.use(frameAncestorsNone.express); // before everything that answers
 * app.use(frameAncestorsNone.hono);
 */
export const frameAncestorsNone = {
  /** Fastify: call it on the root app, before its routes are registered. */
  fastify(app: FastifyLike): void {
    app.addHook('onSend', (_request, reply, _payload, done) => {
      reply.header('content-security-policy', withPolicy(reply.getHeader('content-security-policy')));
      done();
    });
  },
  /** Express and Connect: a middleware. */
  express(_request: unknown, response: NodeResponse, next: () => void): void {
    // Set when the headers go out: whatever sets a policy on the way there is kept, and can't replace this one.
    const writeHead = response.writeHead;
    response.writeHead = function (this: NodeResponse, ...given: never[]) {
      for (const headers of given as unknown[]) keepGiven(this, headers);
      this.setHeader('content-security-policy', withPolicy(this.getHeader('content-security-policy')));
      return writeHead.apply(this, given.filter((one) => typeof one !== 'object' || one === null) as never[]);
    };
    next();
  },
  /** Hono: a middleware. */
  async hono(
    context: { readonly res: { readonly headers: Headers } },
    next: () => Promise<void>,
  ): Promise<void> {
    await next();
    const { headers } = context.res;
    if (!isThere(headers.get('content-security-policy') ?? ''))
      headers.append('content-security-policy', policy);
  },
} as const;

/** Headers that are given to `writeHead` itself, as an object or as a flat list (node:http). */
function keepGiven(response: NodeResponse, given: unknown): void {
  if (typeof given !== 'object' || given === null) return;
  const pairs: [string, unknown][] = Array.isArray(given)
    ? given.flatMap((value, at) =>
        at % 2 === 0 ? [[String(value), given[at + 1]] as [string, unknown]] : [],
      )
    : Object.entries(given);
  for (const [name, value] of pairs) if (value !== undefined) response.setHeader(name, value as string);
}

/** The policies that are there, and this one once. */
function withPolicy(held: unknown): string[] {
  const policies = (Array.isArray(held) ? held : held === undefined || held === null ? [] : [held]).map(
    String,
  );
  return policies.some(isThere) ? policies : [...policies, policy];
}

/** Whether one of the policies in a header (parted by commas) forbids every frame already. */
function isThere(header: string): boolean {
  return header
    .split(',')
    .some((one) =>
      one.split(';').some((directive) => directive.trim().toLowerCase().replace(/\s+/g, ' ') === policy),
    );
}
