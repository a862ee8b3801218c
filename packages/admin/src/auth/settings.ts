import { createKeySet, type KeySet } from '@castellan/sdk/key-set';
import { AdminSetupError } from '../models/setup-error.ts';
import type { OrmAdapter } from '../orm/adapter.ts';
import { adapterOf } from '../orm/recognise.ts';
import type { TokenRules } from './verify-token.ts';

/** What `configureAdminAuth` takes. */
export interface AdminAuthOptions {
  /** The platform's public address, `https://id.example.com`: the `iss` of its tokens. */
  readonly issuer: string;
  /** The name that this service is registered under: the `aud` of the tokens for it. */
  readonly audience: string;
  /**
   * What knows the models: the tables of a Drizzle schema, a TypeORM data source, an instance of Sequelize, or what `drizzleAdmin`,
   * `typeormAdmin` or `sequelizeAdmin` made of one.
   */
  readonly schema: unknown;
  /** Where the platform's public keys are, if not at `{issuer}/.well-known/jwks.json`: from inside a closed network. */
  readonly jwks?: string;
  /** How far the clocks may differ; 30 unless told, and at most 300. */
  readonly clockSkewSeconds?: number;
  /** Allow plain `http` to an address that is not this machine, for a network that is closed otherwise. */
  readonly allowHttp?: boolean;
  /** Reads the keys; the runtime's own `fetch` unless told. */
  readonly fetch?: typeof fetch;
}

/** The options, checked and complete. */
export interface AdminAuth extends TokenRules {
  readonly adapter: OrmAdapter;
}

const keysTimeoutMs = 5000;
const mostKeyBytes = 256 * 1024;

/** @throws AdminSetupError `CONFIGURATION_INVALID`, naming everything that is wrong at once */
export function readAuthOptions(options: AdminAuthOptions): AdminAuth {
  const wrong: string[] = [];
  const { audience, clockSkewSeconds = 30, allowHttp = false } = options;
  const issuer = readAddress(options.issuer, 'issuer', allowHttp, wrong);
  const jwks =
    options.jwks === undefined
      ? `${issuer}/.well-known/jwks.json`
      : readAddress(options.jwks, 'jwks', allowHttp, wrong);
  if (!/^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/.test(audience ?? ''))
    wrong.push('audience: the name the service is registered under, in lower case');
  if (!(clockSkewSeconds >= 0 && clockSkewSeconds <= 300)) wrong.push('clockSkewSeconds: from 0 to 300');
  let adapter: OrmAdapter | undefined;
  try {
    adapter = adapterOf(options.schema);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    wrong.push(`schema: ${error.message}`);
  }
  if (wrong.length > 0 || !adapter)
    throw new AdminSetupError('CONFIGURATION_INVALID', `configureAdminAuth needs ${wrong.join('; ')}.`);
  return {
    issuer,
    audience,
    clockSkewSeconds,
    adapter,
    keys: keysAt(jwks, options.fetch ?? ((input, init) => globalThis.fetch(input, init))),
    now: Date.now,
  };
}

function keysAt(address: string, fetching: typeof fetch): KeySet {
  return createKeySet({
    async read() {
      const response = await fetching(address, {
        headers: { accept: 'application/json' },
        redirect: 'error',
        credentials: 'omit',
        signal: AbortSignal.timeout(keysTimeoutMs),
      });
      if (!response.ok) throw new Error(`The platform answered ${response.status} when asked for its keys`);
      const text = await response.text();
      if (text.length > mostKeyBytes) throw new Error('The key document is too large');
      return JSON.parse(text) as unknown;
    },
  });
}

function readAddress(given: unknown, option: string, allowHttp: boolean, wrong: string[]): string {
  const text = String(given ?? '').replace(/\/+$/, '');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    wrong.push(`${option}: an address of the platform, such as https://id.example.com`);
    return '';
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !allowHttp)
    wrong.push(`${option}: use https, or set allowHttp where the network is closed`);
  // As the platform keeps its address: in lower case and without a usual port, so that `iss` compares equal.
  return url.pathname === '/' ? url.origin : text;
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
  );
}
