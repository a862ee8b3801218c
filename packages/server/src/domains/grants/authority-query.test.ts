import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askAuthority, type Question, type TokenQuestion } from './authority-query.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform();
});
afterAll(() => house.close());

it('what several ask at the same moment is looked up once, and each is answered about what it asked', async () => {
  const people = await Promise.all([house.administrator(), house.administrator()]);
  const emails = people.map(({ person }) => person.email);
  const grants = await house.query<{ id: string; email: string }>(
    `SELECT g.id, u.email FROM grants g JOIN users u ON u.id = g.user_id WHERE g.kind = 'admin_session'`,
  );
  const grantOf = (email: string | undefined) => grants.find((grant) => grant.email === email)!.id;
  const about = (token: Partial<TokenQuestion> | null): Question => ({
    caller: null,
    token: token && { grantId: null, workspaceId: null, jti: null, operator: true, rare: null, ...token },
  });
  const first = grantOf(emails[0]);
  const second = grantOf(emails[1]);
  await house.query(
    `INSERT INTO revoked_tokens (jti, expires_at) VALUES ('taken-back', now() + interval '1 hour')`,
  );
  const questions = [
    about({ grantId: first }),
    about(null),
    about({ grantId: second }),
    about({ grantId: first }),
    about({ grantId: first, jti: 'taken-back' }),
    about({ grantId: first, operator: false }),
    about({ grantId: second }),
  ];
  const { pool } = house.platform.database;
  let answers: Awaited<ReturnType<typeof askAuthority>> = [];
  const sent = await house.queriesOf(async () => {
    answers = await askAuthority(pool, questions, house.clock.now());
  });
  expect(sent).toHaveLength(1);
  expect(sent[0]!.values[1]).toEqual([first, second, first, first]);
  expect(answers.map(({ token }) => token && [token.email, token.revoked])).toEqual([
    [emails[0], false],
    undefined,
    [emails[1], false],
    [emails[0], false],
    [emails[0], true],
    [emails[0], false],
    [emails[1], false],
  ]);
});

it('what is seldom asked is looked up for each', async () => {
  const rare = { refreshDigest: null, subjectClientId: 'a', actorClientId: null, caller: null, callee: null };
  const token = { grantId: null, workspaceId: null, jti: null, operator: false };
  const sent = await house.queriesOf(() =>
    askAuthority(
      house.platform.database.pool,
      [
        { caller: null, token: { ...token, rare } },
        { caller: null, token: { ...token, rare: { ...rare, subjectClientId: 'b' } } },
      ],
      house.clock.now(),
    ),
  );
  expect(sent[0]!.values[1]).toHaveLength(2);
});
