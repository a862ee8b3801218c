import { adminLogin, login, refresh, sessionsCheck } from '@castellan/contract';
import { createTestPlatform } from '@castellan/testkit';
import { expect, it } from 'vitest';
import { registerService } from '../../domains/services/register-service.ts';
import { systemOrigin } from '../activity/event.ts';
import { tokenDigest } from '../secrets/opaque-token.ts';

it('no secret is in any log line, error or event: canaries are planted and searched for (S10)', async () => {
  const lines: string[] = [];
  const house = await createTestPlatform({ onLog: (line) => lines.push(line) });
  const answers: string[] = [];
  const note = <T extends { text: string }>(answer: T): T => {
    answers.push(answer.text);
    return answer;
  };
  const { key } = await house.platform.database.write(systemOrigin, (tx) =>
    registerService(tx, { name: 'orders', description: '', origins: [], adminUrl: null }),
  );
  const person = await house.person({ isAdmin: true });
  const canary = 'canary-password-93571';
  const wrong = house.caller();
  note(await wrong.call(login, { body: { email: person.email, password: canary, service: 'orders' } }));
  note(await wrong.call(adminLogin, { body: { email: person.email, password: canary } }));
  note(await wrong.call(login, { rawBody: `{"email":"${person.email}","password":"${canary}",` }));
  note(
    await wrong.call(login, {
      rawBody: JSON.stringify({ email: person.email, password: [canary], service: 'orders' }),
    }),
  );
  const { result: signedIn } = await wrong.call(login, {
    body: { email: person.email, password: person.password, service: 'orders' },
  });
  const admin = await house.administrator();
  const service = house.caller({ authorization: `Bearer ${key}` });
  const checked = note(await service.call(sessionsCheck, { body: { tokens: [signedIn.accessToken] } }));
  await wrong.call(refresh, { body: { refreshToken: signedIn.refreshToken } });
  note(await wrong.call(refresh, { body: { refreshToken: `${signedIn.refreshToken}x` } }));
  const oneTime = 'inv_canary-in-the-path';
  const page = await house.platform.publicListener.inject({ url: `/invite/${oneTime}` });
  answers.push(page.body);

  // The worst moment: a query fails with its parameters in the error.
  await house.query('ALTER TABLE user_logins RENAME COLUMN last_login_at TO gone');
  note(
    await wrong.call(login, { body: { email: person.email, password: person.password, service: 'orders' } }),
  );
  expect(answers.at(-1)).toContain('"internal"');
  await house.query('ALTER TABLE user_logins RENAME COLUMN gone TO last_login_at');
  await house.query('ALTER TABLE grant_tokens RENAME TO gone');
  note(await wrong.call(refresh, { body: { refreshToken: signedIn.refreshToken } }));
  await house.query('ALTER TABLE gone RENAME TO grant_tokens');

  await house.platform.settled();
  const [hashRow] = await house.query<{ password_hash: string }>(
    'SELECT password_hash FROM users WHERE id = $1',
    [person.id],
  );
  const events = JSON.stringify(await house.query('SELECT * FROM activity_events'));
  const secrets = {
    'a wrong password': canary,
    'a right password': person.password,
    'a password hash': hashRow!.password_hash,
    'a refresh token': signedIn.refreshToken,
    'an access token': signedIn.accessToken,
    'a service key': key,
    'an admin cookie': admin.cookie.split('=')[1]!,
    'a one-time link': oneTime,
    'the digest of a refresh token': JSON.stringify([...tokenDigest(signedIn.refreshToken)]).slice(1, 40),
  };
  expect(lines.length).toBeGreaterThan(8);
  expect(checked.status).toBe(200);
  for (const [name, secret] of Object.entries(secrets)) {
    expect(lines.join('\n').includes(secret), `${name} in the log`).toBe(false);
    expect(answers.join('\n').includes(secret), `${name} in an answer`).toBe(false);
    expect(events.includes(secret), `${name} in an event`).toBe(false);
  }
  await house.close();
});
