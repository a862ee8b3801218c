import type { Logger } from 'pino';
import type { Clock } from '../../platform/clock.ts';
import { createGuardedFetch } from '../../platform/http/guarded-fetch.ts';
import type { Metrics } from '../../platform/http/metrics.ts';
import type { Jwts } from '../../platform/keys/jwt.ts';
import { surfaceAddress } from './admin-address.ts';
import { mintAdminToken, type TokenRequest } from './admin-tokens.ts';
import { outcomeOfFailure, outcomeOfResponse, type ProductOutcome } from './product-outcome.ts';

/** Largest answer of a product, in bytes: 500 rows of long texts. */
const largestAnswer = 8 * 1024 * 1024;

/** One call: what the token is for, and where it goes. */
export interface ProductCall extends Omit<TokenRequest, 'method' | 'body'> {
  readonly adminUrl: string;
  /** The intent as an object; left out, the schema document is asked for. */
  readonly intent?: object;
  /** Ends the call early; what it then throws is the reason of the signal. */
  readonly signal?: AbortSignal;
  /** For the count of calls: a usual action, or `custom`. */
  readonly counted: string;
}

/** Asks products, for operators. */
export interface ProductCalls {
  /** Makes a token for this call alone and sends both to the product; never throws for what the product does. */
  call(request: ProductCall): Promise<ProductOutcome>;
}

/** Makes what calls products: the addresses are guarded, redirects not followed, size and time bounded. */
export function createProductCalls(deps: {
  readonly jwts: Jwts;
  readonly clock: Clock;
  /** The public URL of the platform. */
  readonly issuer: string;
  /** The setting `OUTBOUND_ALLOW`. */
  readonly allow: readonly string[];
  readonly timeoutMs: number;
  readonly metrics: Pick<Metrics, 'productCalled'>;
  readonly log: Pick<Logger, 'warn'>;
}): ProductCalls {
  const fetch = createGuardedFetch({
    allow: deps.allow,
    maxBytes: largestAnswer,
    timeoutMs: deps.timeoutMs,
  });
  const send = async (request: ProductCall): Promise<ProductOutcome> => {
    const { adminUrl, intent, signal, counted: _, ...token } = request;
    const method = intent ? 'POST' : 'GET';
    const body = intent ? JSON.stringify(intent) : '';
    const headers: Record<string, string> = {
      accept: 'application/json',
      authorization: `Bearer ${mintAdminToken(deps, { ...token, method, body })}`,
      'x-correlation-id': token.correlationId,
    };
    if (intent) headers['content-type'] = 'application/json';
    const address = surfaceAddress(adminUrl);
    try {
      const response = await fetch(intent ? address : `${address}/schema`, {
        method,
        headers,
        ...(intent ? { body } : {}),
        ...(signal ? { signal } : {}),
      });
      return await outcomeOfResponse(response);
    } catch (error) {
      return outcomeOfFailure(error);
    }
  };
  return {
    async call(request) {
      const begun = performance.now();
      const outcome = await send(request);
      const ms = performance.now() - begun;
      deps.metrics.productCalled(request.service, request.counted, outcome.kind, ms);
      if (outcome.kind !== 'answered' && outcome.kind !== 'refused')
        deps.log.warn(
          {
            service: request.service,
            action: request.counted,
            outcome: outcome.kind,
            detail: outcome.detail,
            correlation_id: request.correlationId,
          },
          'a product did not answer as it should',
        );
      return outcome;
    },
  };
}
