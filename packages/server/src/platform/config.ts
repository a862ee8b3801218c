import { isIP } from 'node:net';
import { NewIdentityProvider, newProviderProblem } from '@castellan/contract';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65535);
const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean),
);
/** Kept as browsers write an `Origin`, which it is compared with: lower case, no usual port, nothing behind the host. */
const baseUrl = z
  .url({ protocol: /^https?$/ })
  .refine((text) => {
    const { pathname, search, hash, username, password } = new URL(text);
    return /^\/+$/.test(pathname) && !search && !hash && !username && !password;
  }, 'must be an origin, without a path')
  .transform((text) => new URL(text).origin);

const proxies = commaList.refine(
  (list) => list.every(isNetwork),
  'takes addresses and networks, such as 10.0.0.7,192.168.0.0/16',
);

/** Host names beside addresses and networks; never a pattern, so that none can be wider than it looks. */
const outbound = commaList.refine(
  (list) => list.every((entry) => isHostName(entry) || (isNetwork(entry) && !namedNetworks.includes(entry))),
  'takes host names, addresses and networks, such as idp.internal,10.0.0.7,fd00:1::/64',
);

/** A secret of at least 32 bytes, written in base64, base64url or hexadecimal. */
const secret = z.string().transform((text, context) => {
  const bytes = /^[0-9a-f]{64,}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (bytes.length < 32) {
    context.addIssue({
      code: 'custom',
      message: 'needs at least 32 random bytes; make one with: openssl rand -base64 32',
    });
    return z.NEVER;
  }
  return bytes;
});

/** Providers as the admin API takes them, in one JSON list. What is wrong is told by place, never by value: it holds secrets. */
const identityProviders = z.string().transform((text, context) => {
  const refuse = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return refuse('is not a JSON list');
  }
  const parsed = z
    .array(NewIdentityProvider)
    .max(200)
    .safeDecode(list as never);
  if (!parsed.success)
    return refuse(
      parsed.error.issues.map(({ path, message }) => `entry ${path.join('.')}: ${message}`).join('; '),
    );
  for (const [index, provider] of parsed.data.entries()) {
    const problem = newProviderProblem(provider);
    if (problem) return refuse(`entry ${index}.${problem.field} ${problem.message}`);
    if (parsed.data.findIndex(({ slug }) => slug === provider.slug) < index)
      return refuse(`entry ${index}.slug is there twice`);
  }
  return parsed.data;
});

/** Every setting, by the name of its environment variable. */
export const settingsSchema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  PUBLIC_URL: baseUrl,
  ADMIN_URL: baseUrl,
  PUBLIC_HOST: z.string().default('0.0.0.0'),
  PUBLIC_PORT: port.default(9003),
  ADMIN_HOST: z.string().default('127.0.0.1'),
  ADMIN_PORT: port.default(9004),
  KEY_ENCRYPTION_SECRET: secret,
  COOKIE_SECURE: flag.default(true),
  TRUSTED_PROXIES: proxies.default([]),
  OUTBOUND_ALLOW: outbound.default([]),
  PRODUCT_TIMEOUT_SECONDS: z.coerce.number().min(0.1).max(120).default(15),
  ADMIN_EMAILS: commaList.transform((list) => list.map((entry) => entry.toLowerCase())).default([]),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MAIL_FROM: z.string().default('Castellan <castellan@localhost>'),
  LANGUAGE: z.enum(['en', 'de']).default('en'),
  DYNAMIC_REGISTRATION: flag.default(false),
  CLIENT_DOCUMENTS: flag.default(true),
  REGISTRATION: z.enum(['open', 'invitation']).default('invitation'),
  IDENTITY_PROVIDERS: identityProviders.default([]),
  METRICS_TOKEN: z.string().min(16).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(2).max(200).default(10),
});

/** The settings, checked and with their usual values filled in. */
export type Settings = z.output<typeof settingsSchema>;

/** What is wrong with the configuration, all of it at once. */
export class ConfigurationError extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration is not complete:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}

/**
 * Reads the settings from environment variables.
 * @throws ConfigurationError that lists everything missing or wrong
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = settingsSchema.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => {
        const name = issue.path.join('.');
        return given[name] === undefined ? `${name} is not set` : `${name}: ${issue.message}`;
      });
  const cookieSecure = given.COOKIE_SECURE !== 'false' && given.COOKIE_SECURE !== '0';
  if (cookieSecure && given.ADMIN_URL?.startsWith('http://') && !isLoopback(given.ADMIN_URL))
    problems.push(
      'ADMIN_URL is http:// while COOKIE_SECURE is on: browsers would drop the cookie; use https://',
    );
  if (!cookieSecure && given.ADMIN_URL?.startsWith('https://'))
    problems.push(
      'COOKIE_SECURE is off while ADMIN_URL is https://: browsers would send the cookie unencrypted as well; leave it on',
    );
  if (problems.length > 0 || !parsed.success) throw new ConfigurationError(problems);
  return parsed.data;
}

/** Networks that the HTTP server knows by name. */
const namedNetworks = ['loopback', 'linklocal', 'uniquelocal'];

/** An address, a network by its prefix length (never everything), or the name of one. */
function isNetwork(text: string): boolean {
  if (namedNetworks.includes(text)) return true;
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return (
    prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
  );
}

/** A name as DNS has it, whose last label can't be a number: that would be an address in some spelling. */
function isHostName(text: string): boolean {
  return (
    text.length <= 253 &&
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(text) &&
    !namedNetworks.includes(text)
  );
}

function isLoopback(url: string): boolean {
  return /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|\/|$)/.test(url);
}
