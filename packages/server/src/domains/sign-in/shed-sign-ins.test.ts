import { randomUUID } from 'node:crypto';
import { adminLogin, login } from '@castellan/contract';
import { createPageBrowser, createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askForLink } from '../../../test/ask-for-link.ts';

/** While more passwords wait to be checked than anybody would wait for, who comes next is told when to come again. */

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform({ settings: { REGISTRATION: 'open' } });
  await house.service('orders');
});
afterAll(() => house.close());

let asked = 0;
/** Another address each time: the limits of attempts are not what sheds here. */
const nextAddress = (): string => `198.18.${(asked >> 8) & 255}.${asked++ & 255}`;
const typed = () => ({ email: `${randomUUID()}@example.com`, password: 'a long enough passphrase' });

it('every door that checks or makes a password answers 503 with Retry-After while the queue is full', async () => {
  const chosen = { password: 'violet anchors under rain', password_again: 'violet anchors under rain' };
  /** A link works once: whoever found room in the queue has used theirs. */
  const byLink = async (purpose: 'reset_password' | 'register', email: string, typedIn: object) => {
    const { browser, path } = await askForLink(house, purpose, email);
    return browser.post(path, { ...typedIn, ...chosen });
  };
  const doors = {
    'the service door': () =>
      house.caller().call(login, { body: { ...typed(), service: 'orders' }, remoteAddress: nextAddress() }),
    'the console door': () =>
      house.caller().call(adminLogin, { body: typed(), remoteAddress: nextAddress() }),
    'the sign-in page': () => createPageBrowser(house).post('/sign-in', typed()),
    'the page of a new password': async () => byLink('reset_password', (await house.person()).email, {}),
    'the page of a new account': () => byLink('register', `${randomUUID()}@example.com`, { name: 'New' }),
  };

  let flooding = true;
  const flood = Array.from({ length: 320 }, async () => {
    while (flooding) {
      await doors['the service door']();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  const shed = async (ask: (typeof doors)[keyof typeof doors]) => {
    for (let tries = 0; tries < 20; tries++) {
      const answer = await ask();
      if (answer.status === 503) return answer;
    }
    throw new Error('The queue was never full.');
  };
  try {
    await shed(doors['the service door']);
    for (const [name, ask] of Object.entries(doors)) {
      const { status, headers, text } = await shed(ask);
      expect(Number(headers['retry-after']), `${name}: ${status} ${text.slice(0, 200)}`).toBeGreaterThan(0);
      if (text.startsWith('{')) expect(JSON.parse(text)).toMatchObject({ code: 'overloaded', status: 503 });
    }
  } finally {
    flooding = false;
    await Promise.all(flood);
  }
  // It recovers by itself.
  const person = await house.person();
  const body = { email: person.email, password: person.password, service: 'orders' };
  expect((await house.caller().call(login, { body, remoteAddress: nextAddress() })).status).toBe(200);
}, 120_000);
