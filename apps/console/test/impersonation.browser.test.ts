import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  actorWrites,
  type CastellanActorTokens,
  castellanActorTokens,
  frameAncestorsNone,
  impersonationBanner,
  TicketRefusedError,
} from '@castellan/admin';
import { operatorsAdd, servicesUpdate } from '@castellan/contract';
import { buildRuntime, IntentRouter, IntentService } from '@castellan/intents';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judge, longName, openConsole } from './access-world.ts';
import type { TestModel } from './product-model.ts';
import { startTestProduct } from './product-server.ts';

/** From the row of a user in the console to the product’s own page, a refused write, and the end. */

const user: TestModel = {
  name: 'User',
  labelPlural: 'Users',
  key: ['id'],
  labelField: 'name',
  listFields: ['name', 'email'],
  searchFields: ['name'],
  sort: 'name',
  fields: [
    { name: 'id', type: 'integer', readOnly: 'key' },
    { name: 'name', type: 'string' },
    { name: 'email', type: 'string' },
  ],
  customActions: [
    { name: 'createActorToken', minRole: 'admin' },
    { name: 'revokeActorToken', minRole: 'support' },
  ],
};

let here: Awaited<ReturnType<typeof openConsole>>;
let product: Awaited<ReturnType<typeof startTestProduct>>;
let site: Server;
let siteUrl: string;
let id: string;
let actors: CastellanActorTokens;
const sessions = new Map<string, Readonly<Record<string, unknown>>>();
let greeting = 'Hello';

class Greeting extends IntentService {
  read = () => greeting;
  update = () => (greeting = 'Changed');
}

/** The product’s own page: who is signed in, what they see, and a button that changes it. */
function startSite(): Server {
  const runtime = buildRuntime({
    middlewares: [actorWrites({ isLive: (session) => actors.isLive(session) })],
    onCall: () => {},
  });
  const router = new IntentRouter({ runtime }).register('Greeting', new Greeting());
  return createServer((request, response) => {
    const url = new URL(request.url!, siteUrl);
    const claims = sessions.get(/session=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? '');
    const surface = router.build({
      getUser: ({ context }) => {
        if (claims) context.sessionClaims = claims;
        return claims ? String(claims.sub) : null;
      },
      getDb: () => null,
    });
    const page = (html: string) =>
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
        .end(`<!doctype html><html lang="en"><title>Shop</title><body>${html}`);
    frameAncestorsNone.express(request, response, async () => {
      if (url.pathname === '/act-as') {
        try {
          const session = await actors.redeem(url.searchParams.get('impersonation_ticket'));
          sessions.set('s1', session.claims);
          response
            .writeHead(303, { location: '/', 'set-cookie': 'session=s1; HttpOnly; SameSite=Lax' })
            .end();
        } catch (error) {
          if (!(error instanceof TicketRefusedError)) throw error;
          page('This link was used.');
        }
      } else if (url.pathname === '/api/intent') {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const body = Buffer.concat(chunks);
        const headers = { 'content-type': 'application/json' };
        const answer = await surface.fetch(new Request(url, { method: 'POST', headers, body }));
        response.writeHead(answer.status, headers).end(await answer.text());
      } else
        page(
          `${impersonationBanner(claims ?? {}, { userName: 'Bob' })}<h1>${greeting}</h1><p id="opener"></p><button>Change</button><p role="alert"></p>
          <script>document.querySelector('#opener').textContent = 'opener: ' + window.opener + ', referrer: ' + document.referrer;
          document.querySelector('button').onclick = async () => {
            const answer = await fetch('/api/intent', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'Greeting', action: 'update' }) });
            const { error, data } = await answer.json();
            document.querySelector('[role=alert]').textContent = error ? error.code : data;
          }</script>`,
        );
    });
  });
}

beforeAll(async () => {
  here = await openConsole({ OUTBOUND_ALLOW: '127.0.0.0/8' });
  const { house, admin } = here;
  const issuer = await house.platform.publicListener.listen({ port: 0, host: '127.0.0.1' });
  site = startSite();
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const bob = await house.person({ name: 'Bob' });
  const accounts: Record<string, string> = { '1': bob.id, '2': admin.person.id };
  actors = castellanActorTokens({
    issuer,
    serviceKey: await house.service('shop'),
    startUrl: `${siteUrl}/act-as`,
    subjectOf: ({ id: row }) => accounts[String(row)] ?? null,
  });
  product = await startTestProduct({
    issuer: house.settings.PUBLIC_URL,
    audience: 'shop',
    keys: async () =>
      JSON.parse((await house.platform.publicListener.inject('/.well-known/jwks.json')).body) as never,
    models: [user],
    custom: {
      'User.createActorToken': ({ id: row }) => ({
        url: `${siteUrl}/act-as`,
        ends_by: 'platform',
        subject: accounts[row],
      }),
    },
    canImpersonate: true,
  });
  product.db.exec(`CREATE TABLE User (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
    INSERT INTO User VALUES (1, 'Bob', 'bob@example.com'), (2, '${longName}', 'ada@example.com');`);
  [{ id }] = (await house.query<{ id: string }>(`SELECT id FROM services WHERE name = 'shop'`)) as [
    { id: string },
  ];
  await admin.call(servicesUpdate, { params: { id }, body: { adminUrl: product.url } });
});
afterAll(async () => {
  await here?.close();
  await product?.stop();
  site?.close();
});

const row = (number: number) => `/products/${id}/User?row=${number}`;

it('an operator acts as a user, read-only: refused a write there, ended from the list, refused everything after', async () => {
  const opened = await here.open('/impersonation', { width: 1440 });
  const { page } = opened;
  await page.getByText('Nobody acts as anybody').waitFor();
  await judge(opened, 'impersonation-empty-light-1440');
  // The sign-in was long ago: whoever finds the console open is asked.
  await here.house.query(
    `UPDATE grants SET auth_time = now() - interval '11 minutes' WHERE kind = 'admin_session'`,
  );
  await page.goto(`${here.address}${row(1)}`);
  await page.getByRole('button', { name: 'Sign in as' }).click();
  const panel = page.getByRole('dialog').last();
  await panel.getByLabel('Your password').fill('not the password');
  await panel.getByRole('button', { name: 'Continue' }).click();
  await panel.getByText('That is not your password.').waitFor();
  await judge(opened, 'impersonation-step-up-light-1440');
  await panel.getByLabel('Your password').fill(here.admin.person.password);
  await panel.getByRole('button', { name: 'Continue' }).click();
  await panel.getByLabel('Reason').fill('x');
  await panel.getByRole('button', { name: 'Begin session' }).click();
  await panel.getByText('Use at least 3 characters').waitFor();
  await judge(opened, 'impersonation-reason-light-1440');
  await panel.getByLabel('Reason').fill('They can not see their order');
  await panel.getByRole('button', { name: 'Begin session' }).click();
  await panel.getByText('is ready').waitFor();
  await judge(opened, 'impersonation-ready-light-1440');
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    panel.getByRole('button', { name: 'Open in a new tab' }).click(),
  ]);
  await tab.getByText('You act as Bob.').waitFor();
  // noopener, noreferrer: the product can't reach the console, nor learn where it is.
  expect(await tab.locator('#opener').textContent()).toBe('opener: null, referrer: ');
  expect(tab.url()).toBe(`${siteUrl}/`);
  await tab.getByRole('button', { name: 'Change' }).click();
  await tab.getByText('IMPERSONATION_WRITE_DENIED').waitFor();
  expect(greeting).toBe('Hello');

  await page.goto(`${here.address}/impersonation`);
  await page.getByText('They can not see their order').waitFor();
  await judge(opened, 'impersonation-live-light-1440');
  await page.getByRole('button', { name: /^End now/ }).click();
  await judge(opened, 'impersonation-end-light-1440');
  await page.getByRole('dialog').getByRole('button', { name: 'End now' }).click();
  await page.getByText('The session has ended').first().waitFor();
  await page.getByText('Nobody acts as anybody').waitFor();
  await tab.getByRole('button', { name: 'Change' }).click();
  await tab.getByText('IMPERSONATION_ENDED').waitFor();
  await page.getByRole('button', { name: 'Show past sessions' }).click();
  await page.getByText('They can not see their order').waitFor();
  await judge(opened, 'impersonation-past-light-1440');
  await opened.close();
});

it('with changes allowed the product changes; nobody acts as an operator, in words', async () => {
  const opened = await here.open(row(1), { width: 390, theme: 'dark', tolerates: /status of 403/ });
  const { page } = opened;
  await page.getByRole('button', { name: 'Sign in as' }).click();
  const panel = page.getByRole('dialog').last();
  await panel.getByLabel('Reason').fill('Correct their address for them');
  await panel.getByLabel('Allow changes').click();
  await judge(opened, 'impersonation-writes-dark-390');
  await panel.getByRole('button', { name: 'Begin session' }).click();
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    panel.getByRole('button', { name: 'Open in a new tab' }).click(),
  ]);
  await tab.getByRole('button', { name: 'Change' }).click();
  await tab.getByRole('alert').getByText('Changed').waitFor();
  await page.goto(`${here.address}/impersonation`);
  await page.getByText('Correct their address for them').waitFor();
  await judge(opened, 'impersonation-live-dark-390');
  await page.goto(`${here.address}${row(2)}`);
  await page.getByRole('button', { name: 'Sign in as' }).click();
  await panel.getByLabel('Reason').fill('To see what they see');
  await panel.getByRole('button', { name: 'Begin session' }).click();
  await panel.getByText('Nobody acts as an operator').waitFor();
  await judge(opened, 'impersonation-refused-dark-390');
  await opened.close();
});

it('support is not offered it, and sees no session of others', async () => {
  const { house, admin } = here;
  const person = await house.person({ name: 'Sam' });
  await admin.call(operatorsAdd, { body: { userId: person.id, service: id, role: 'support' } });
  const opened = await here.open(row(1), { width: 1440, as: person });
  const { page } = opened;
  await page.getByText('bob@example.com').first().waitFor();
  expect(await page.getByRole('button', { name: 'Sign in as' }).count()).toBe(0);
  await page.goto(`${here.address}/impersonation?state=past`);
  await page.getByText('No past sessions', { exact: false }).waitFor();
  await opened.close();
});
