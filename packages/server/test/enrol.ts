import type { TestPlatform } from '@castellan/testkit';
import { Secret } from 'otpauth';
import { createBrowserSessions } from '../src/domains/browser-sessions/browser-session.ts';
import { beginTotp, confirmTotp } from '../src/domains/factors/account-factors.ts';
import { generatorOf } from '../src/domains/factors/totp.ts';
import { systemOrigin } from '../src/platform/activity/event.ts';

/** An account of a test. */
export type TestPerson = Awaited<ReturnType<TestPlatform['person']>>;

/** A signed-in browser of a test person, and their authenticator app. */
export interface EnrolledPerson {
  /** Bytes of the secret. */
  readonly secret: Buffer;
  /** The secret in base32. */
  readonly secretText: string;
  readonly recoveryCodes: readonly string[];
  /** The code that the app shows, `steps` of 30 seconds from now. */
  code(steps?: number): string;
}

/** Signs a test person in with a browser. @returns the `Cookie` header and what the session is */
export async function browserOf(house: TestPlatform, person: Pick<TestPerson, 'id' | 'name'>, amr = ['pwd']) {
  const browserSessions = createBrowserSessions({
    database: house.platform.database,
    clock: house.clock,
    cookieSecure: false,
  });
  const { cookie } = await house.platform.database.write(systemOrigin, (tx) =>
    browserSessions.begin(tx, {
      userId: person.id,
      name: person.name,
      amr,
      method: 'password',
      address: null,
      userAgent: null,
    }),
  );
  const header = cookie.split(';')[0]!;
  return { cookie: header, browserSessions, session: (await browserSessions.read(header))! };
}

/** Gives a test person an authenticator app, as the account pages do. */
export async function enrolTotp(
  house: TestPlatform,
  person: Pick<TestPerson, 'id' | 'name'>,
): Promise<EnrolledPerson> {
  const { database, vault } = house.platform;
  const { browserSessions, session } = await browserOf(house, person);
  const enrolment = await database.write(systemOrigin, (tx) => beginTotp({ vault }, tx, session));
  const secretText = enrolment.secret.replaceAll(' ', '');
  const secret = Buffer.from(Secret.fromBase32(secretText).bytes);
  const code = (steps = 0) =>
    generatorOf(secret).generate({ timestamp: house.clock.now().getTime() + steps * 30_000 });
  const confirmation = await database.write(systemOrigin, (tx) =>
    confirmTotp({ vault, browserSessions }, tx, session, code(-1)),
  );
  if (!confirmation.confirmed) throw confirmation.refusal;
  return { secret, secretText, recoveryCodes: confirmation.recoveryCodes!, code };
}
