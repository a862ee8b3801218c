import { usersCreate, usersUpdate, workspacesCreate } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
});
afterAll(() => house.close());

/** What JSON can carry and a database can not hold: NUL, and halves of a surrogate pair. */
const unstorable = { NUL: '\\u0000', 'a high surrogate': '\\ud800', 'a low surrogate': '\\udc00' };

describe('text that can not be stored is refused as a wrong field, never as an error of ours', () => {
  for (const [name, written] of Object.entries(unstorable)) {
    it(`${name} in the name of a person`, async () => {
      const answer = await admin.call(usersCreate, {
        rawBody: `{"email":"odd@example.com","name":"A${written}B"}`,
      });
      expect([answer.code, ...answer.fields]).toEqual(['validation_failed', 'name']);
      const edited = await admin.call(usersUpdate, {
        params: { id: admin.person.id },
        rawBody: `{"name":"A${written}B"}`,
      });
      expect([edited.code, ...edited.fields]).toEqual(['validation_failed', 'name']);
    });

    it(`${name} in a description`, async () => {
      const answer = await admin.call(workspacesCreate, {
        rawBody: `{"name":"Odd","slug":"odd","description":"A${written}B"}`,
      });
      expect([answer.code, ...answer.fields]).toEqual(['validation_failed', 'description']);
    });
  }

  it('NUL in a search', async () => {
    for (const path of ['/admin/users', '/admin/mail', '/admin/workspaces/all']) {
      const { statusCode } = await house.platform.adminListener.inject({
        url: `${path}?search=a%00b`,
        headers: { cookie: admin.cookie },
      });
      expect(statusCode, path).toBe(422);
    }
  });

  it('but lines, emoji and letters of any script are text', async () => {
    const answer = await admin.call(workspacesCreate, {
      body: { name: 'Ω 🏰', slug: 'omega', description: 'first line\nsecond 🏰' },
    });
    expect(answer.result.description).toBe('first line\nsecond 🏰');
  });
});
