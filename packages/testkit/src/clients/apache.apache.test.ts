import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findApache } from '../apache.ts';
import { freePort } from '../house.ts';
import {
  type ClientHouse,
  createClientHouse,
  type PersonAtBrowser,
  type RegisteredClient,
} from './client-house.ts';

let house: ClientHouse;
let site: string;
let app: RegisteredClient;
let directory: string;
let apache: ChildProcess;

/** A server of its own: its configuration, its port, its files; nothing of the machine's Apache is read or changed. */
async function startApache(port: number): Promise<ChildProcess> {
  const places = findApache()!;
  const isRoot = process.getuid?.() === 0;
  const module = (name: string): string => `LoadModule ${name}_module ${places.modules}/mod_${name}.so`;
  const configuration = `
ServerRoot ${directory}
ServerName localhost
Listen 127.0.0.1:${port}
Listen [::1]:${port}
PidFile ${directory}/apache.pid
ErrorLog ${directory}/error.log
Mutex file:${directory}
${isRoot ? 'User www-data\nGroup www-data' : ''}
${['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'headers', 'auth_openidc'].map(module).join('\n')}
DirectoryIndex index.html
DocumentRoot ${directory}/site
OIDCProviderMetadataURL ${house.issuer}/.well-known/openid-configuration
OIDCClientID ${app.clientId}
OIDCClientSecret ${app.secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI ${site}/inside/callback
OIDCCryptoPassphrase of-this-test-alone
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCResponseType code
OIDCRemoteUserClaim email
OIDCDefaultLoggedOutURL ${site}/
OIDCRefreshAccessTokenBeforeExpiry 100000
<Location /inside>
  AuthType openid-connect
  Require valid-user
  Header always set X-Signed-In-As "expr=%{REMOTE_USER}"
  Header always set X-Name "%{OIDC_CLAIM_name}e"
  Header always set X-Methods "%{OIDC_CLAIM_amr}e"
</Location>
`;
  await writeFile(join(directory, 'apache.conf'), configuration);
  await mkdir(join(directory, 'site/inside'), { recursive: true });
  await writeFile(join(directory, 'site/index.html'), 'Outside');
  await writeFile(join(directory, 'site/inside/index.html'), 'Inside');
  await chmod(directory, 0o777);
  return spawn(places.program, ['-f', join(directory, 'apache.conf'), '-DFOREGROUND'], { stdio: 'inherit' });
}

beforeAll(async () => {
  if (!findApache())
    throw new Error(
      'Apache with mod_auth_openidc is not here: install apache2 and libapache2-mod-auth-openidc.',
    );
  house = await createClientHouse();
  directory = await mkdtemp(join(tmpdir(), 'castellan-apache-'));
  const port = await freePort();
  site = `http://localhost:${port}`;
  app = await house.register({
    name: 'A page behind Apache',
    redirectUris: [`${site}/inside/callback`],
    postLogoutRedirectUris: [`${site}/`],
    backchannelLogoutUri: `${site}/inside/callback?logout=backchannel`,
    idTokenSignedResponseAlg: 'ES256',
  });
  apache = await startApache(port);
  for (const giveUpAt = Date.now() + 10_000; ; await sleep(50)) {
    const answer = await fetch(site).catch(() => undefined);
    if (answer?.ok) break;
    if (apache.exitCode !== null || Date.now() > giveUpAt)
      throw new Error(
        `Apache is not there: ${await readFile(join(directory, 'error.log'), 'utf8').catch(() => '')}`,
      );
  }
});
afterAll(async () => {
  if (apache && apache.exitCode === null) {
    apache.kill('SIGTERM');
    await once(apache, 'exit');
  }
  if (directory) await rm(directory, { recursive: true, force: true });
  await house?.close();
});

/** Where the browser stands when it is inside, or the page that it was stopped at. */
const enter = async (mara: PersonAtBrowser) => {
  const begun = await mara.fetch(`${site}/inside/`);
  expect(begun.status).toBe(302);
  const callback = await mara.authorize(begun.headers.get('location')!);
  expect(callback.origin + callback.pathname).toBe(`${site}/inside/callback`);
  const landed = await mara.fetch(callback);
  expect(landed.headers.get('location'), await readFile(join(directory, 'error.log'), 'utf8')).toBe(
    `${site}/inside/`,
  );
  return mara.fetch(`${site}/inside/`);
};

describe('Debian’s Apache with mod_auth_openidc in front of a page', () => {
  it('lets in whoever signed in, knows who it is, and nobody else', async () => {
    const mara = await house.atBrowser();
    const inside = await enter(mara);
    expect(await inside.text()).toBe('Inside');
    expect(inside.headers.get('x-signed-in-as')).toContain(mara.person.email);
    expect(inside.headers.get('x-name')).toBe('Mara Mole');
    expect(inside.headers.get('x-methods')).toContain('pwd');
    const stranger = await house.atBrowser();
    expect((await stranger.fetch(`${site}/inside/`)).status).toBe(302);
  });

  it('a no on the consent page keeps the person outside', async () => {
    const mara = await house.atBrowser();
    const begun = await mara.fetch(`${site}/inside/`);
    const callback = await mara.authorize(begun.headers.get('location')!, { decision: 'refuse' });
    expect(callback.searchParams.get('error')).toBe('access_denied');
    // This version of the module takes an error with `iss` (RFC 9207) for something else, and says so on its own page.
    expect(await (await mara.fetch(callback)).text()).toContain('<title>Error</title>');
    expect((await mara.fetch(`${site}/inside/`)).status).toBe(302);
  });

  it('signing out at Apache leads through the platform’s page and back (RP-initiated logout)', async () => {
    const mara = await house.atBrowser();
    await enter(mara);
    const leaving = await mara.fetch(`${site}/inside/callback?logout=${encodeURIComponent(`${site}/`)}`);
    const address = new URL(leaving.headers.get('location')!);
    expect(address.pathname).toBe('/oauth/end_session');
    expect(address.searchParams.get('id_token_hint')).toBeTruthy();
    expect((await mara.authorize(address)).href).toBe(`${site}/`);
    expect((await mara.fetch(`${site}/inside/`)).status).toBe(302);
  });

  it('hears that the person signed out elsewhere (back-channel logout)', async () => {
    const mara = await house.atBrowser();
    await enter(mara);
    await mara.visit(`${house.issuer}/sign-out`);
    const answered = async () => (await mara.fetch(`${site}/inside/`)).status;
    for (let tries = 0; tries < 50 && (await answered()) === 200; tries++) await sleep(100);
    expect(await answered()).toBe(302);
  });
});
