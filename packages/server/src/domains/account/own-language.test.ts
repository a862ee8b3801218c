import { usersCreate } from '@castellan/contract';
import {
  createPageBrowser,
  createTestPlatform,
  type TestPerson,
  type TestPlatform,
} from '@castellan/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureSetupLink } from '../invitations/setup-link.ts';
import { writeInvitation } from '../mailbox/invitation-mail.ts';

let house: TestPlatform;
beforeAll(async () => {
  house = await createTestPlatform({ settings: { LANGUAGE: 'de' } });
});
afterAll(() => house.close());

const signIn = async (person: TestPerson, language: string) => {
  const browser = createPageBrowser(house, language);
  const answer = await browser.post('/sign-in', { email: person.email, password: person.password });
  expect(answer.status).toBe(303);
  return browser;
};
const languageOf = async ({ id }: Pick<TestPerson, 'id'>) =>
  (await house.query<{ language: string | null }>('SELECT language FROM users WHERE id = $1', [id]))[0]!
    .language;
const mailTo = async (email: string) => {
  await house.platform.settled();
  const [mail] = await house.query<{ subject: string; facts: Record<string, string> }>(
    'SELECT subject, facts FROM mail_messages WHERE recipient = $1 ORDER BY created_at DESC, id DESC LIMIT 1',
    [email],
  );
  return mail!;
};

it('an account’s language is its browser’s at first sight, and any other browser speaks it from the sign-in on', async () => {
  const person = await house.person();
  expect(await languageOf(person)).toBeNull();
  await signIn(person, 'de-AT');
  expect(await languageOf(person)).toBe('de');
  const english = await signIn(person, 'en');
  expect(english.cookies.get('castellan_language')).toBe('de');
  expect((await english.get('/account')).text).toContain('<html lang="de"');
  expect(await languageOf(person)).toBe('de');
});

it('the choice on the profile page is the account’s: pages here and elsewhere, and mail', async () => {
  const person = await house.person();
  const browser = await signIn(person, 'en');
  expect((await browser.get('/account/profile')).text).toContain('<option value="en" lang="en" selected>');
  expect((await browser.post('/account/profile', { name: 'Ada', language: 'de' })).status).toBe(303);
  expect((await browser.get('/account/profile')).text).toContain('<option value="de" lang="de" selected>');
  const elsewhere = await signIn(person, 'en');
  expect((await elsewhere.get('/account')).text).toContain('<html lang="de"');
  // A stranger who asks for a link in English does not choose what is written to its owner.
  await createPageBrowser(house, 'en').post('/reset', { email: person.email });
  expect((await mailTo(person.email)).subject).toBe('Neues Passwort festlegen');
});

it('who has not been here yet is written to in the language of the settings, others in their own', async () => {
  const admin = await house.administrator();
  const email = 'neu@example.com';
  await admin.call(usersCreate, { body: { email, name: 'Neu Ling' } });
  const { subject, facts } = await mailTo(email);
  expect(subject).toBe('Legen Sie ein Passwort für Ihr Konto fest');
  const written = writeInvitation(facts as never, 'https://id.example.com/invite/x');
  expect(written.text).toContain('Guten Tag Neu Ling,');
  expect(written.text).toMatch(/Der Link gilt einmal, bis zum \d+\. \p{L}+ \d{4} \(UTC\)\./u);
  expect(written.html).toContain('<html lang="de">');
  // Stored before there was a choice.
  const { language: _, ...earlier } = facts;
  expect(writeInvitation(earlier as never, 'x').text).toContain('Hello Neu Ling,');
});

it('the set-up page speaks the browser’s language, also when something is wrong', async () => {
  const fresh = await createTestPlatform();
  try {
    const { database, vault } = fresh.platform;
    const path = (await ensureSetupLink({ database, vault }))!;
    const ask = (method: 'GET' | 'POST', payload = '') =>
      fresh.platform.adminListener.inject({
        method,
        url: path,
        headers: {
          'accept-language': 'de',
          origin: fresh.settings.ADMIN_URL,
          ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
        payload,
      });
    expect((await ask('GET')).body).toContain('Castellan einrichten');
    const wrong = await ask('POST', 'email=niemand&name=&password=kurz');
    expect(wrong.statusCode).toBe(422);
    for (const words of ['Geben Sie eine E-Mail-Adresse ein', 'Nehmen Sie mindestens 12 Zeichen'])
      expect(wrong.body).toContain(words);
  } finally {
    await fresh.close();
  }
});
