import { setTimeout as sleep } from 'node:timers/promises';
import { login } from '@castellan/contract';
import { createCastellan } from '@castellan/sdk';
import { createTestPlatform, freePort, type TestPlatform } from '@castellan/testkit';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemOrigin } from '../activity/event.ts';
import { rotateSigningKey } from './signing-keys.ts';

let house: TestPlatform;
let issuer: string;
let serviceKey: string;
beforeAll(async () => {
  const port = await freePort();
  issuer = `http://127.0.0.1:${port}`;
  house = await createTestPlatform({ settings: { PUBLIC_URL: issuer } });
  await house.platform.publicListener.listen({ host: '127.0.0.1', port });
  serviceKey = await house.service('orders');
});
afterAll(() => house.close());

const seconds = 2;
const perSecond = 1000;

/** Milliseconds of processor time. */
function spentSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

it('keys rotate under more than a thousand verifications a second, by three verifiers, without one failure', async () => {
  const { jwts, keys, database, vault } = house.platform;
  const person = await house.person();
  const { email, password } = person;
  const { sessionId } = (await house.caller().call(login, { body: { email, password, service: 'orders' } }))
    .result;
  const clock = {
    now: () => house.clock.now().getTime(),
    sleep: (ms: number) => sleep(ms),
  };
  const castellan = createCastellan({ issuer, service: 'orders', serviceKey, clock });
  const remote = createRemoteJWKSet(new URL('/.well-known/jwks.json', issuer), { cooldownDuration: 0 });
  const newToken = (): string => {
    const iat = Math.floor(house.clock.now().getTime() / 1000);
    return jwts.sign('at+jwt', {
      iss: issuer,
      aud: 'orders',
      sub: person.id,
      sid: sessionId,
      iat,
      exp: iat + 900,
    });
  };

  let tokens = [newToken()];
  const kidsSeen = new Set<string>();
  const failures: string[] = [];
  const counts = { server: 0, sdk: 0, jose: 0 };
  let running = true;

  // Time runs fast: each rotation publishes a key, waits out its lead, and goes on until the old one has retired.
  const rotating = (async () => {
    while (running) {
      await rotateSigningKey(database, vault, systemOrigin, 30);
      await keys.reload();
      for (let step = 0; step < 4 && running; step++) {
        house.clock.pass(11);
        // Tokens of the old key stay in use until they expire.
        tokens = [...tokens, newToken(), newToken()].slice(-40);
        kidsSeen.add(keys.current().kid);
        await sleep(40);
      }
    }
  })();

  // Time on a core, not on the clock: on a busy machine this process waits for most of it.
  const began = process.cpuUsage();
  for (let turn = 0; spentSince(began) < seconds * 1000; turn++) {
    const token = tokens[turn % tokens.length]!;
    const server = jwts.verify('at+jwt', token);
    counts.server++;
    if (!server.ok) failures.push(`server: ${server.reason}`);
    const sdk = await castellan.verify(token);
    counts.sdk++;
    if (!sdk.ok) failures.push(`sdk: ${sdk.code}`);
    if (turn % 4 === 0) {
      await jwtVerify(token, remote, {
        issuer,
        audience: 'orders',
        typ: 'at+jwt',
        currentDate: house.clock.now(),
      }).catch((error: Error) => failures.push(`jose: ${error.message}`));
      counts.jose++;
    }
    // The platform answers for its keys meanwhile.
    if (turn % 50 === 0) await sleep(0);
  }
  running = false;
  await rotating;
  const total = counts.server + counts.sdk + counts.jose;
  console.log(`${total} verifications in ${seconds} s of a core, ${kidsSeen.size} keys:`, counts);
  expect(failures).toEqual([]);
  expect(kidsSeen.size).toBeGreaterThan(5);
  expect(total).toBeGreaterThan(seconds * perSecond);
}, 120_000);
