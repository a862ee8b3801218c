import {
  clientSecretsCreate,
  clientsCreate,
  identityProvidersCreate,
  identityProvidersUpdate,
  impersonationsEnd,
  impersonationsStart,
  impersonationTicketType,
  login,
  loginMfa,
} from '@castellan/contract';
import { createPageBrowser, createTestPlatform, startOpenIdProvider } from '@castellan/testkit';
import { expect, it } from 'vitest';
import { createActorProduct } from '../../../test/actor-product.ts';
import { enrolTotp } from '../../../test/enrol.ts';
import { basicOf } from '../../../test/token-house.ts';
import { tokenDigest } from '../secrets/opaque-token.ts';

/** What a secret may look like in a text: as it is, in an address, in `Basic`, as bytes that were printed, as its digest. */
function looksOf(secret: string): string[] {
  const bytes = [Buffer.from(secret), tokenDigest(secret)];
  return [
    secret,
    encodeURIComponent(secret),
    // The last characters depend on what follows, the first on what is before.
    ...[0, 1, 2].map((before) =>
      Buffer.from(`${'x'.repeat(before)}${secret}`)
        .toString('base64')
        .slice(before === 0 ? 0 : 4, -4),
    ),
    ...bytes.flatMap((each) => [each.toString('hex'), each.toString('base64url'), [...each].join(',')]),
    // Bytes that were put into a message as they are: so Drizzle tells a query's parameters.
    JSON.stringify(tokenDigest(secret).toString()).slice(1, -1),
  ];
}

it('secrets of clients, providers, authenticator apps and impersonation are in no log line, error or event (S10)', async () => {
  const lines: string[] = [];
  const refusals: string[] = [];
  const house = await createTestPlatform({
    onLog: (line) => lines.push(line),
    settings: { OUTBOUND_ALLOW: '127.0.0.0/8' },
  });
  const back = `${house.settings.PUBLIC_URL}/auth/callback/house`;
  const provider = await startOpenIdProvider({
    users: [{ sub: 'ada', email: 'ada@example.com', emailVerified: true, name: 'Ada' }],
    redirectUris: [back],
  });
  const product = await createActorProduct();
  const secrets: Record<string, string> = {};
  /** An answer that has no business with any secret; its status is what the step is for. */
  const refused = (answer: { status: number; text: string }, status: number): void => {
    expect(answer.status, answer.text).toBe(status);
    refusals.push(answer.text);
  };
  const post = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const answer = await house.platform.publicListener.inject({
      method: 'POST',
      url: path,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: new URLSearchParams(form).toString(),
    });
    return { status: answer.statusCode, text: answer.body };
  };
  /** Does something while a table is not there: the query that fails has its parameters in its error. */
  const without = async (table: string, work: () => Promise<unknown>): Promise<void> => {
    await house.query(`ALTER TABLE ${table} RENAME TO gone`);
    try {
      await work();
    } finally {
      await house.query(`ALTER TABLE gone RENAME TO ${table}`);
    }
  };
  try {
    const key = await house.service('orders');
    const admin = await house.administrator();
    const [service] = await house.query<{ id: string }>('UPDATE services SET admin_url = $1 RETURNING id', [
      product.url,
    ]);
    const serviceId = service!.id;
    const bearer = { authorization: `Bearer ${key}` };

    // Client secrets: right, wrong, in the wrong place, while the database fails.
    const client = (
      await admin.call(clientsCreate, {
        params: { id: serviceId },
        body: { name: 'Machine', grantTypes: ['client_credentials'], redirectUris: [] },
      })
    ).result;
    const params = { id: serviceId, cid: client.id };
    const { secret } = (await admin.call(clientSecretsCreate, { params, body: {} })).result;
    const wrongSecret = 'canary-wrong-client-secret';
    Object.assign(secrets, { 'a client secret': secret, 'a wrong client secret': wrongSecret });
    const machine = { grant_type: 'client_credentials' };
    const right = basicOf(client.clientId, secret);
    const own = await post('/oauth/token', machine, right);
    expect(own.status, own.text).toBe(200);
    secrets['a machine’s token'] = JSON.parse(own.text).access_token;
    refused(await post('/oauth/token', machine, basicOf(client.clientId, wrongSecret)), 401);
    refused(
      await post('/oauth/token', { ...machine, client_id: client.clientId, client_secret: secret }, right),
      400,
    );
    refused(await post('/oauth/introspect', { token: secret }, bearer), 200);
    refused(await post('/oauth/revoke', { token: secret }, right), 200);
    refused(await post(`/oauth/token?client_secret=${secret}`, machine), 400);
    await without('authority_changes', async () => {
      refused(await post('/oauth/introspect', { token: 'x' }, right), 500);
    });
    await without('client_secrets', async () => {
      refused(await post('/oauth/token', machine, right), 500);
      refused(await admin.call(clientSecretsCreate, { params, body: {} }), 500);
    });

    // A provider's secret: kept, changed, refused by the provider, while the provider and the database fail.
    const providerCanary = 'canary-provider-secret';
    Object.assign(secrets, { 'a provider secret': provider.clientSecret, another: providerCanary });
    const kept = await admin.call(identityProvidersCreate, {
      body: {
        ...{ slug: 'house', name: 'House ID', kind: 'oidc', issuer: provider.issuer },
        ...{ clientId: provider.clientId, clientSecret: provider.clientSecret, registrationAllowed: true },
      } as never,
    });
    refused(kept, 201);
    provider.signIn('ada');
    /** Goes to the provider and back. @returns where the browser is sent then */
    const comeIn = async (before = () => {}): Promise<string> => {
      const browser = createPageBrowser(house);
      const sent = await browser.get('/auth/login/house');
      const callback = await provider.visit(sent.location);
      const { searchParams } = new URL(callback);
      secrets[`state ${lines.length}`] = searchParams.get('state')!;
      secrets[`a provider’s code ${lines.length}`] = searchParams.get('code')!;
      before();
      const came = await browser.get(callback);
      refusals.push(came.text, (await browser.get(came.location)).text);
      return came.location;
    };
    expect(await comeIn()).toMatch(/\/account$/);
    const provided = { params: { id: kept.result.id } };
    refused(
      await admin.call(identityProvidersUpdate, { ...provided, body: { clientSecret: providerCanary } }),
      200,
    );
    expect(await comeIn()).toContain('/auth/problem/');
    expect(await comeIn(() => provider.setDown(true))).toContain('/auth/problem/');
    await without('identity_providers', async () => {
      const body = { clientSecret: `${providerCanary}-2` };
      refused(await admin.call(identityProvidersUpdate, { ...provided, body }), 500);
    });

    // An authenticator app and recovery codes.
    const person = await house.person();
    const enrolled = await enrolTotp(house, person);
    const begin = async (): Promise<string> => {
      const body = { email: person.email, password: person.password, service: 'orders' };
      return JSON.parse((await house.caller().call(login, { body })).text).mfa_token;
    };
    const prove = (mfaToken: string, method: 'totp' | 'recovery_code', code: string) =>
      house.caller().call(loginMfa, { body: { mfaToken, method, code } });
    const [used = '', failed = ''] = enrolled.recoveryCodes;
    const wrongCode = 'abcd-efgh-jkmn-pqrs';
    Object.assign(secrets, {
      'a TOTP secret': enrolled.secretText,
      'a TOTP secret’s bytes': enrolled.secret.toString('hex'),
      // As a code is shown, and as its digest is made of it.
      ...Object.fromEntries(
        [...enrolled.recoveryCodes, wrongCode].flatMap((code) => [
          [`recovery code ${code}`, code],
          [`recovery code ${code} as stored`, `recovery:${code.replaceAll('-', '')}`],
        ]),
      ),
    });
    refused(await prove(await begin(), 'recovery_code', wrongCode), 401);
    const pending = await begin();
    secrets['an mfa token'] = pending;
    await without('recovery_codes', async () => refused(await prove(pending, 'recovery_code', failed), 500));
    await without('totp_factors', async () => refused(await prove(pending, 'totp', enrolled.code()), 500));
    const inside = await prove(pending, 'recovery_code', used);
    secrets['a session’s tokens'] = inside.result.refreshToken;
    refused(await prove(await begin(), 'recovery_code', used), 401);

    // An impersonation ticket: redeemed by another service, while the database fails, well, and once more.
    product.answer = ({ id }) => ({
      data: { url: `${product.url}/act-as`, ends_by: 'platform', subject: String(id) },
    });
    const bob = await house.person({ name: 'Bob' });
    const started = await admin.call(impersonationsStart, {
      body: { serviceId, rowId: bob.id, label: 'Bob', reason: 'A ticket of theirs' },
    });
    const ticket = new URL(started.result.url).searchParams.get('impersonation_ticket')!;
    secrets['an impersonation ticket'] = ticket;
    const redeem = (by: Record<string, string>) =>
      post(
        '/oauth/token',
        {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: ticket,
          subject_token_type: impersonationTicketType,
        },
        by,
      );
    refused(await redeem({ authorization: `Bearer ${await house.service('billing')}` }), 400);
    await without('impersonation_sessions', async () => refused(await redeem(bearer), 500));
    const redeemed = await redeem(bearer);
    secrets['an impersonation token'] = JSON.parse(redeemed.text).access_token;
    refused(await redeem(bearer), 400);
    refusals.push((await admin.call(impersonationsEnd, { params: { id: started.result.session.id } })).text);

    await house.platform.settled();
    const events = JSON.stringify(
      await house.query(
        'SELECT e::text FROM activity_events e UNION ALL SELECT o::text FROM activity_outbox o',
      ),
    );
    const log = lines.join('\n');
    // What is searched is what these steps left behind: each of them is in there by what may be told of it.
    for (const trace of [client.clientId, 'impersonation_ended', 'client_secret'])
      expect(
        [log, events].some((text) => text.includes(trace)),
        trace,
      ).toBe(true);
    expect(log.match(/"level":50/g)?.length, 'failures in the log').toBeGreaterThanOrEqual(6);
    for (const [name, planted] of Object.entries(secrets)) {
      expect(planted?.length, name).toBeGreaterThan(8);
      for (const look of looksOf(planted))
        for (const [where, text] of Object.entries({ log, events, refusals: refusals.join('\n') }))
          expect(text.includes(look), `${name} in the ${where}, as ${look}`).toBe(false);
    }
  } finally {
    await Promise.all([house.close(), provider.stop(), product.close()]);
  }
}, 60_000);
