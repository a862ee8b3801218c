import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { ConfigurationError } from './errors.ts';
import type { PlatformSettings } from './platform.ts';

/** What `createCastellan` takes. */
export interface CastellanOptions {
  /** The platform's public address, `https://id.example.com`: the `iss` of its tokens, and the only place that anything is sent to. */
  readonly issuer: string;
  /** The name this service is registered under: the `aud` of its tokens. */
  readonly service: string;
  /** The service's key, `sk_…`. Give it from the environment or a secret store. */
  readonly serviceKey: string;
  /** Longest wait for one answer of the platform, in milliseconds. 5,000 unless told. */
  readonly timeoutMs?: number;
  /** How often a 429 is retried, 0 for never. 3 unless told. */
  readonly maxRetries?: number;
  /** The longest `Retry-After` that is waited out, in milliseconds; a longer one is an error at once. 60,000 unless told. */
  readonly maxWaitMs?: number;
  /** Allow plain `http` to an address that is not this machine, for a network that is closed otherwise. */
  readonly allowHttp?: boolean;
  /** Sends the requests; the runtime's own unless told. */
  readonly fetch?: typeof fetch;
  /** Time; the machine's unless told. */
  readonly clock?: Clock;
  /** Jitter of the back-off, 0 up to 1; `Math.random` unless told. */
  readonly random?: () => number;
}

/** The options, checked and complete. */
export interface Settings extends PlatformSettings {
  readonly service: string;
}

/** Checks everything at once and throws one `ConfigurationError` that names what is wrong. */
export function readSettings(options: CastellanOptions): Settings {
  const wrong: string[] = [];
  const { timeoutMs = 5000, maxRetries = 3, maxWaitMs = 60_000 } = options;
  const issuer = readIssuer(options, wrong);
  if (!/^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/.test(options.service ?? ''))
    wrong.push('service: the name it is registered under, in lower case');
  if (!/^[\x21-\x7e]{8,512}$/.test(options.serviceKey ?? ''))
    wrong.push('serviceKey: the key that `castellan-server services add` printed');
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) wrong.push('timeoutMs: more than 0, at most 600000');
  if (!(Number.isInteger(maxRetries) && maxRetries >= 0 && maxRetries <= 10))
    wrong.push('maxRetries: a whole number from 0 to 10');
  if (!(maxWaitMs >= 0)) wrong.push('maxWaitMs: 0 or more');
  if (wrong.length > 0) throw new ConfigurationError(`createCastellan needs: ${wrong.join('; ')}`);
  return {
    issuer,
    service: options.service,
    serviceKey: options.serviceKey,
    timeoutMs,
    maxRetries,
    maxWaitMs,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

function readIssuer(options: CastellanOptions, wrong: string[]): string {
  const given = (options.issuer ?? '').replace(/\/+$/, '');
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    wrong.push('issuer: the address of the platform, such as https://id.example.com');
    return '';
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !options.allowHttp)
    wrong.push('issuer: use https, or set allowHttp where the network is closed');
  // As the platform keeps its address: in lower case and without a usual port, so that `iss` compares equal.
  return url.pathname === '/' ? url.origin : given;
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
  );
}
