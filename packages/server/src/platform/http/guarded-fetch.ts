import { lookup as resolveName } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isLoopbackAddress } from '../check-address.ts';
import { isPublicAddress, type NamedHosts, namedHosts } from './public-address.ts';

/** Why an address was not fetched; the value is stable. */
export type OutboundProblem =
  | 'address_refused'
  | 'scheme_refused'
  | 'unreachable'
  | 'too_slow'
  | 'too_large'
  | 'encoding_refused';

/** An address that was not fetched. The message is for the log and for operators: it names hosts, never contents. */
export class OutboundError extends Error {
  readonly code: OutboundProblem;

  constructor(code: OutboundProblem, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'OutboundError';
    this.code = code;
  }
}

/** The part of `fetch` that is taken; nothing else of it has any effect. */
export interface OutboundRequest {
  readonly method?: string | undefined;
  readonly headers?: Headers | Readonly<Record<string, string>> | undefined;
  readonly body?: string | URLSearchParams | Uint8Array | ArrayBuffer | null | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

/**
 * Like `fetch`, for addresses that somebody else chose; the answer's body was read already.
 * @throws OutboundError where {@link createGuardedFetch} says
 */
export type GuardedFetch = (address: string | URL, request?: OutboundRequest) => Promise<Response>;

interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** What a guarded fetch may reach, and how much it takes. */
export interface GuardedFetchOptions {
  /** The setting `OUTBOUND_ALLOW`: hosts and networks that may be private, and be spoken to without TLS. */
  readonly allow: readonly string[];
  /** Of the answer's body; 64 KiB unless told. */
  readonly maxBytes?: number;
  /** From the look-up of the name to the last byte; 5 s unless told. */
  readonly timeoutMs?: number;
  /** Looks a name up; the system's resolver unless told. */
  readonly resolve?: (host: string) => Promise<readonly ResolvedAddress[]>;
}

const noBody = new Set([204, 205, 304]);

/**
 * Makes a `fetch` against server-side request forgery. The name is looked up once, every address that it has must be public
 * (or named by the operator), and the connection goes to one of those addresses and no other, whatever the name server says
 * a moment later. Only `https:` is spoken, except with named hosts. A redirect is handed back as the answer that it is, size and
 * time are bounded, and compressed answers are refused, since they may grow.
 * @throws OutboundError `scheme_refused`, `address_refused`, `unreachable`, `too_slow`, `too_large`, `encoding_refused`
 */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const { maxBytes = 64 * 1024, timeoutMs = 5000 } = options;
  const resolve = options.resolve ?? ((host) => resolveName(host, { all: true, order: 'verbatim' }));
  const named = namedHosts(options.allow);
  return async (address, request = {}) => {
    const url = new URL(address);
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = request.signal ? AbortSignal.any([deadline, request.signal]) : deadline;
    try {
      const addresses = await untilAborted(admittedAddresses(url, named, resolve), signal);
      return await exchange(url, request, addresses, { maxBytes, signal });
    } catch (error) {
      if (error instanceof OutboundError) throw error;
      if (deadline.aborted)
        throw new OutboundError('too_slow', `${url.host} took longer than ${timeoutMs} ms`, error);
      request.signal?.throwIfAborted();
      throw new OutboundError('unreachable', `${url.host} could not be reached`, error);
    }
  };
}

const httpsOnly = (host: string): string =>
  `${host} is asked by https:// only; the setting OUTBOUND_ALLOW can name it, and then http:// is spoken with it`;
const notPublic = (what: string): string =>
  `${what} is not a public address; the setting OUTBOUND_ALLOW can name it`;

/**
 * Makes what tells of an address why {@link createGuardedFetch} will refuse it, for whoever wrote it down. Nothing is looked up: where
 * it depends on where a name leads, nothing is said.
 */
export function createAddressCheck(allow: readonly string[]): (address: string) => string | undefined {
  const named = namedHosts(allow);
  const namesNetworks = allow.some((entry) => isIP(entry.split('/')[0] ?? '') !== 0);
  return (text) => {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    if (named.hasHost(host)) return undefined;
    const known = isIP(host) !== 0 ? [host] : isLoopbackAddress(url) ? ['127.0.0.1', '::1'] : [];
    if (known.some((address) => named.hasAddress(address))) return undefined;
    if (url.protocol === 'http:') return known.length > 0 || !namesNetworks ? httpsOnly(host) : undefined;
    return known.length === 0 || known.some(isPublicAddress) ? undefined : notPublic(host);
  };
}

/** The addresses that may be connected to: all that the host has, since one that may not be is a reason to trust none. */
async function admittedAddresses(
  url: URL,
  named: NamedHosts,
  resolve: NonNullable<GuardedFetchOptions['resolve']>,
): Promise<readonly ResolvedAddress[]> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new OutboundError('scheme_refused', `${url.protocol} is not fetched`);
  if (url.username || url.password)
    throw new OutboundError('address_refused', `the address at ${url.host} holds a user name or password`);
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const version = isIP(host);
  const addresses = version === 0 ? await resolve(host) : [{ address: host, family: version }];
  if (addresses.length === 0) throw new OutboundError('unreachable', `${host} has no address`);
  const isNamed = named.hasHost(host) || addresses.every(({ address }) => named.hasAddress(address));
  if (url.protocol === 'http:' && !isNamed) throw new OutboundError('scheme_refused', httpsOnly(host));
  if (!isNamed)
    for (const { address } of addresses)
      if (!isPublicAddress(address) && !named.hasAddress(address))
        throw new OutboundError('address_refused', notPublic(`${host} is at ${address}, which`));
  return addresses;
}

/** One exchange over a connection of its own, to one of the given addresses. */
async function exchange(
  url: URL,
  request: OutboundRequest,
  addresses: readonly ResolvedAddress[],
  limits: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<Response> {
  const { method = 'GET', body } = request;
  const headers = new Headers(request.headers);
  // The types of `Response` differ by version of TypeScript's libraries; it takes each of these.
  const content = body === null || body === undefined ? undefined : new Response(body as string);
  const bytes = content && Buffer.from(await content.arrayBuffer());
  if (bytes && !headers.has('content-type') && content.headers.has('content-type'))
    headers.set('content-type', content.headers.get('content-type')!);
  if (bytes) headers.set('content-length', String(bytes.length));
  headers.set('accept-encoding', 'identity');
  if (!headers.has('user-agent')) headers.set('user-agent', 'Castellan');
  return new Promise<Response>((done, fail) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = send(url, {
      method,
      headers: Object.fromEntries(headers),
      agent: false, // A kept connection would be one whose address nobody looked at.
      lookup: pinned(addresses),
      signal: limits.signal,
      maxHeaderSize: 16 * 1024,
    });
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      const stop = (error: Error): void => {
        incoming.destroy();
        fail(error);
      };
      if ((incoming.headers['content-encoding'] ?? 'identity') !== 'identity')
        return stop(new OutboundError('encoding_refused', `${url.host} answered compressed`));
      const tooLarge = () =>
        new OutboundError('too_large', `${url.host} answered with more than ${limits.maxBytes} bytes`);
      if (Number(incoming.headers['content-length'] ?? 0) > limits.maxBytes) return stop(tooLarge());
      const parts: Buffer[] = [];
      let size = 0;
      incoming.on('data', (part: Buffer) => {
        size += part.length;
        if (size > limits.maxBytes) stop(tooLarge());
        else parts.push(part);
      });
      incoming.on('error', fail);
      incoming.on('end', () => {
        const status = incoming.statusCode!;
        const fields = Object.entries(incoming.headersDistinct).flatMap(([name, values]) =>
          (values ?? []).map((value): [string, string] => [name, value]),
        );
        done(new Response(noBody.has(status) ? null : Buffer.concat(parts), { status, headers: fields }));
      });
    });
    outgoing.end(bytes);
  });
}

/** Answers every look-up with the addresses that were examined. */
function pinned(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_host, options, callback) => {
    if (options.all) callback(null, [...addresses]);
    else callback(null, addresses[0]!.address, addresses[0]!.family);
  };
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: () => void = () => {};
  const aborted = new Promise<never>((_, fail) => {
    stop = () => fail(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', stop));
}
