import { readFile } from 'node:fs/promises';
import {
  type ClientAuthMethod,
  type ClientGrantType,
  clientAuthMethods,
  clientGrantTypes,
  type PublicKeySet,
  type SignatureAlgorithm,
  signatureAlgorithms,
} from '@castellan/contract';
import { defineCommand } from 'citty';
import { and, asc, eq, isNull } from 'drizzle-orm';
import {
  type ClientChanges,
  changeClient,
  createClient,
  endClient,
  takesSecret,
} from '../domains/clients/change-client.ts';
import { ordinaryClient } from '../domains/clients/check-client.ts';
import { createClientSecret } from '../domains/clients/client-secrets.ts';
import { systemOrigin } from '../platform/activity/event.ts';
import { clients, services } from '../platform/database/schema.ts';
import type { Database, Queryable } from '../platform/database/transaction.ts';
import { chosenDatabase, databaseArguments } from './database-arguments.ts';
import { repeated } from './repeated-argument.ts';
import { CommandError, runCommand } from './run-command.ts';
import { withDatabase } from './with-database.ts';

const serviceArgument = {
  service: { type: 'positional', description: 'Name of the service', required: true },
} as const;
const clientArgument = {
  client: { type: 'positional', description: 'The client_id, cl_…', required: true },
} as const;

/** The last part of a name that is a URN, which nobody would type: `device_code`, `token-exchange`. */
const shortName = (grant: string): string => grant.slice(grant.lastIndexOf(':') + 1);

/** What of a client can be set; what is left out stays, or is as it is for an ordinary site. */
const settingArguments = {
  redirect: {
    type: 'string',
    description: 'An address that people are sent back to, https://app.example.com/callback; may be repeated',
  },
  'post-logout': { type: 'string', description: 'An address to go to after signing out; may be repeated' },
  grant: {
    type: 'string',
    description: `A way to tokens: ${clientGrantTypes.map(shortName).join(', ')}; may be repeated`,
  },
  scope: { type: 'string', description: 'A scope that it may ask for; may be repeated' },
  auth: {
    type: 'string',
    description: `How it proves itself: ${clientAuthMethods.join(', ')} (${ordinaryClient.tokenEndpointAuthMethod} unless told)`,
  },
  jwks: { type: 'string', description: 'A file with its public keys, a JSON Web Key Set' },
  'jwks-uri': { type: 'string', description: 'Where its public keys are published' },
  'access-token-alg': {
    type: 'string',
    description: `What its access tokens are signed with: ${signatureAlgorithms.join(', ')}`,
  },
  'id-token-alg': { type: 'string', description: 'What its ID tokens are signed with: the same ones' },
  'backchannel-logout': { type: 'string', description: 'Where its server is told that somebody signed out' },
  uri: { type: 'string', description: 'Its own page about itself' },
  logo: { type: 'string', description: 'A file with its logo, PNG, JPEG or WebP, of at most 24 KB' },
  color: { type: 'string', description: 'Its accent colour, #2f6fed' },
} as const;

type SettingArguments = { readonly [name in keyof typeof settingArguments]?: string | undefined };

/** One source of keys takes the place of the other. */
async function readKeySource({ jwks, 'jwks-uri': jwksUri }: SettingArguments): Promise<ClientChanges> {
  if (jwks !== undefined) return { jwks: await readKeys(jwks), jwksUri: jwksUri ?? null };
  return jwksUri === undefined ? {} : { jwks: null, jwksUri };
}

/** Reads the settings that were given. */
async function readSettings(args: SettingArguments, rawArgs: readonly string[]): Promise<ClientChanges> {
  const several = (flag: string): string[] | undefined => {
    const given = repeated(rawArgs, flag);
    return given.length > 0 ? given : undefined;
  };
  return {
    redirectUris: several('--redirect'),
    postLogoutRedirectUris: several('--post-logout'),
    grantTypes: several('--grant')?.map(grantOf),
    allowedScopes: several('--scope'),
    tokenEndpointAuthMethod: args.auth === undefined ? undefined : authOf(args.auth),
    ...(await readKeySource(args)),
    accessTokenSignedResponseAlg: algorithmOf('--access-token-alg', args['access-token-alg']),
    idTokenSignedResponseAlg: algorithmOf('--id-token-alg', args['id-token-alg']),
    backchannelLogoutUri: args['backchannel-logout'],
    clientUri: args.uri,
    logoUri: args.logo === undefined ? undefined : await readLogo(args.logo),
    accentColor: args.color,
  };
}

const add = defineCommand({
  meta: { name: 'add', description: 'Register a client of a service; prints its id and, once, its secret' },
  args: {
    ...serviceArgument,
    name: { type: 'string', description: 'What people read when they sign in to it', required: true },
    native: { type: 'boolean', description: 'An app on a device (RFC 8252), not a site', default: false },
    ...settingArguments,
    ...databaseArguments,
  },
  run: ({ args, rawArgs }) =>
    runCommand(async () => {
      const settings = await readSettings(args, rawArgs);
      const method = settings.tokenEndpointAuthMethod ?? ordinaryClient.tokenEndpointAuthMethod;
      const made = await withDatabase(chosenDatabase(args), (database) =>
        database.write(systemOrigin, async (tx) => {
          const serviceId = await serviceNamed(tx.db, args.service);
          const id = await createClient(tx, serviceId, {
            ...settings,
            name: args.name,
            applicationType: args.native ? 'native' : 'web',
            redirectUris: settings.redirectUris ?? [],
          });
          const [client] = await tx.db
            .select({ clientId: clients.clientId })
            .from(clients)
            .where(eq(clients.id, id));
          const secret = takesSecret(method) ? await createClientSecret(tx, serviceId, id) : undefined;
          return { clientId: client!.clientId, secret: secret?.secret };
        }),
      );
      console.log(
        `The client ${args.name} of ${args.service} is registered.\n\n  client_id      ${made.clientId}`,
      );
      if (made.secret)
        console.log(
          `  client_secret  ${made.secret}\n\nThe secret is shown only now; keep it where the client can read it.`,
        );
    }),
});

const edit = defineCommand({
  meta: { name: 'edit', description: 'Change what is named of a client; a list replaces the one before' },
  args: {
    ...clientArgument,
    name: { type: 'string', description: 'What people read when they sign in to it' },
    ...settingArguments,
    ...databaseArguments,
  },
  run: ({ args, rawArgs }) =>
    runCommand(async () => {
      const changes = { ...(await readSettings(args, rawArgs)), name: args.name };
      if (Object.values(changes).every((value) => value === undefined))
        throw new CommandError('Name what is to change, --redirect for one; see clients edit --help.');
      await withClient(args, (database, { id, serviceId }) =>
        database.write(systemOrigin, (tx) => changeClient(tx, serviceId, id, changes)),
      );
      console.log(`${args.client} is changed.`);
    }),
});

const list = defineCommand({
  meta: { name: 'list', description: 'Clients of a service' },
  args: { ...serviceArgument, ...databaseArguments },
  run: ({ args }) =>
    runCommand(async () => {
      const rows = await withDatabase(chosenDatabase(args), async (database) =>
        database.db
          .select({
            clientId: clients.clientId,
            name: clients.name,
            method: clients.tokenEndpointAuthMethod,
            grantTypes: clients.grantTypes,
            redirectUris: clients.redirectUris,
          })
          .from(clients)
          .where(
            and(
              eq(clients.serviceId, await serviceNamed(database.db, args.service)),
              isNull(clients.endedAt),
            ),
          )
          .orderBy(asc(clients.nameKey), asc(clients.id)),
      );
      if (rows.length === 0) return console.log(`${args.service} has no clients.`);
      for (const row of rows) {
        console.log(`${row.clientId}  ${row.name}`);
        console.log(`  ${row.method}; ${row.grantTypes.map(shortName).join(', ')}`);
        for (const address of row.redirectUris) console.log(`  ${address}`);
      }
    }),
});

const secret = defineCommand({
  meta: { name: 'secret', description: 'Make a new secret of a client and print it, once' },
  args: {
    ...clientArgument,
    'others-expire-in': {
      type: 'string',
      description: 'When the secrets that are there stop working: 0, 30m, 24h, 7d; without it they go on',
    },
    ...databaseArguments,
  },
  run: ({ args }) =>
    runCommand(async () => {
      const overlap = args['others-expire-in'];
      const overlapMs = overlap === undefined ? undefined : durationMs(overlap);
      const made = await withClient(args, (database, { id, serviceId }) =>
        database.write(systemOrigin, (tx) =>
          createClientSecret(tx, serviceId, id, {
            othersExpireAt: overlapMs === undefined ? undefined : new Date(tx.now.getTime() + overlapMs),
          }),
        ),
      );
      console.log(`The new secret of ${args.client} is shown only now:\n\n  ${made.secret}\n`);
      console.log(
        overlap === undefined
          ? 'The secrets before it go on working.'
          : `The secrets before it ${overlapMs === 0 ? 'have stopped working' : `work for another ${overlap}`}.`,
      );
    }),
});

const end = defineCommand({
  meta: { name: 'end', description: 'End a client, with everything that people allowed it, for good' },
  args: {
    ...clientArgument,
    yes: { type: 'boolean', description: 'Do it; without it only what would end is told', default: false },
    ...databaseArguments,
  },
  run: ({ args }) =>
    runCommand(async () => {
      const name = await withClient(args, async (database, client) => {
        if (args.yes) await database.write(systemOrigin, (tx) => endClient(tx, client.serviceId, client.id));
        return client.name;
      });
      if (!args.yes)
        throw new CommandError(
          `This ends ${name} (${args.client}) for good: nobody signs in with it any more, and sign-ins that it has stop at once. Repeat with --yes to do it.`,
        );
      console.log(`${name} (${args.client}) has ended.`);
    }),
});

/** `castellan-server clients add|edit|list|secret|end`: OAuth clients of the services (P18). */
export const clientsCommand = defineCommand({
  meta: { name: 'clients', description: 'OAuth clients of services' },
  subCommands: { add, edit, list, secret, end },
});

async function serviceNamed(db: Queryable, name: string): Promise<string> {
  const [service] = await db.select({ id: services.id }).from(services).where(eq(services.name, name));
  if (!service)
    throw new CommandError(`No service is called ${name}. Register it with castellan-server services add.`);
  return service.id;
}

interface NamedClient {
  readonly id: string;
  readonly serviceId: string;
  readonly name: string;
}

function withClient<T>(
  args: { readonly client: string; readonly embedded: boolean; readonly directory: string },
  task: (database: Database, client: NamedClient) => Promise<T>,
): Promise<T> {
  return withDatabase(chosenDatabase(args), async (database) => {
    const [found] = await database.db
      .select({ id: clients.id, serviceId: clients.serviceId, name: clients.name })
      .from(clients)
      .where(eq(clients.clientId, args.client));
    if (!found?.serviceId)
      throw new CommandError(
        `No service has a client ${args.client}. See castellan-server clients list SERVICE.`,
      );
    return task(database, { ...found, serviceId: found.serviceId });
  });
}

function grantOf(text: string): ClientGrantType {
  const grant = clientGrantTypes.find((type) => type === text || shortName(type) === text);
  if (!grant)
    throw new CommandError(
      `--grant takes one of ${clientGrantTypes.map(shortName).join(', ')}, not ${text}.`,
    );
  return grant;
}

function authOf(text: string): ClientAuthMethod {
  const method = clientAuthMethods.find((known) => known === text);
  if (!method) throw new CommandError(`--auth takes one of ${clientAuthMethods.join(', ')}, not ${text}.`);
  return method;
}

function algorithmOf(argument: string, text: string | undefined): SignatureAlgorithm | undefined {
  if (text === undefined) return undefined;
  const algorithm = signatureAlgorithms.find((known) => known === text);
  if (!algorithm)
    throw new CommandError(`${argument} takes one of ${signatureAlgorithms.join(', ')}, not ${text}.`);
  return algorithm;
}

const logoKinds: Readonly<Record<string, string>> = { png: 'png', jpg: 'jpeg', jpeg: 'jpeg', webp: 'webp' };
const mostLogoBytes = 23_900;

/** Reads a logo as it is kept: in its own address (RFC 2397). What it holds is checked with all else. */
async function readLogo(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path} can not be read (${error.code}).`);
  });
  const kind = logoKinds[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
  if (!kind || bytes.length > mostLogoBytes)
    throw new CommandError(`--logo takes a .png, .jpg or .webp of at most 24 KB; make ${path} smaller.`);
  return `data:image/${kind};base64,${bytes.toString('base64')}`;
}

async function readKeys(path: string): Promise<PublicKeySet> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path} can not be read (${error.code}).`);
  });
  try {
    const parsed = JSON.parse(text) as { keys?: unknown };
    if (Array.isArray(parsed.keys) && parsed.keys.every((key) => typeof key === 'object' && key !== null))
      return { keys: parsed.keys };
  } catch {
    // Said below, as for every other text that is none.
  }
  throw new CommandError(`${path} holds no JSON Web Key Set: {"keys": [ … ]} (RFC 7517 §5).`);
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `0`, `30m`, `24h`, `7d` as milliseconds. */
function durationMs(text: string): number {
  const [, amount, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  if (text === '0') return 0;
  if (amount === undefined)
    throw new CommandError('--others-expire-in takes 0, or a time such as 30m, 24h or 7d.');
  return Number(amount) * units[unit!]!;
}
