import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, launchBrowser, screenshot, type TestBrowser } from './browser.ts';
import { startHouse, type TestHouse } from './house.ts';

/**
 * The walk that the whole first slice is for, with real processes and real input: set up the house, import people
 * from a file, follow an invitation, sign in to the product, be deactivated, be refused on the very next call, and
 * find all of it in the timeline.
 */

let house: TestHouse;
let browser: TestBrowser;
beforeAll(async () => {
  house = await startHouse();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.stop();
});

const passphrase = 'correct horse battery staple';
const refusals = [/status of 4(01|03|10)/];

// A byte order mark, CRLF, quotes with a comma, a bad e-mail, a repeated line, an unknown workspace.
const file = [
  '\uFEFFemail,name,workspace_slug,role',
  'rosa@example.com,"Rosa ""Rosie"" Marín, PhD",tide-pool,editor',
  'kofi@example.com,Kofi Mensah,tide-pool,viewer',
  'not-an-address,Nobody,tide-pool,viewer',
  'kofi@example.com,Kofi Mensah,tide-pool,viewer',
  'lost@example.com,Lost,no-such-place,viewer',
].join('\r\n');

it('import → invitation → password → sign in → deactivate → refused on the next call → timeline', async () => {
  // The first start printed a link; whoever holds it becomes the first administrator.
  const office = await browser.openPage({ url: house.setupUrl, tolerates: refusals });
  const console_ = office.page;
  await expectAccessible(console_);
  await console_.getByLabel('E-mail').fill('keeper@example.com');
  await console_.getByLabel('Your name').fill('Kit Keeper');
  await console_.getByLabel('Password', { exact: true }).fill(passphrase);
  await console_.getByLabel('Password, again').fill(passphrase);
  await console_.keyboard.press('Enter');
  await console_.waitForURL(/sign-in/);
  await console_.getByLabel('E-mail').fill('keeper@example.com');
  await console_.getByLabel('Password').fill(passphrase);
  await console_.keyboard.press('Enter');
  await console_.getByRole('heading', { name: 'Dashboard' }).waitFor();

  // A workspace for the people of the file.
  await console_.goto(`${house.adminUrl}/workspaces`);
  await console_.getByRole('button', { name: 'Create workspace' }).first().click();
  await console_.getByLabel('Name', { exact: true }).fill('Tide Pool');
  await console_.getByLabel('Slug', { exact: true }).fill('tide-pool');
  await console_
    .getByRole('dialog')
    .getByRole('button', { name: /create/i })
    .click();
  await console_.getByRole('heading', { name: 'Tide Pool' }).waitFor();

  // Import: problems are named row by row, nothing is created before the button.
  await console_.goto(`${house.adminUrl}/import`);
  await console_
    .locator('input[type=file]')
    .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(file) });
  const start = console_.getByRole('button', { name: 'Import 2 rows' });
  await start.waitFor();
  for (const problem of ['not an e-mail address', 'No workspace has this slug', 'stands further up'])
    await console_.getByText(problem).first().waitFor();
  await expectAccessible(console_);
  expect(await house.query('SELECT 1 FROM users')).toHaveLength(1);
  await start.click();
  await console_.getByText('Finished').first().waitFor();
  await screenshot(console_, 'walk-import');

  // No mail server is set: the link waits in the mailbox.
  await console_.goto(`${house.adminUrl}/mailbox`);
  await console_.getByText('rosa@example.com').first().click();
  const link = await console_
    .getByText(new RegExp(`${house.publicUrl}/invite/inv_`))
    .first()
    .textContent();
  const invitation = /http\S+\/invite\/inv_[\w-]+/.exec(link!)![0];

  const desk = await browser.openPage({ url: invitation, width: 390, theme: 'dark', tolerates: refusals });
  const person = desk.page;
  await person.getByText('Tide Pool').waitFor();
  await expectAccessible(person);
  await person.getByLabel('Password', { exact: true }).fill(passphrase);
  await person.getByLabel('Password, again').fill(passphrase);
  await person.getByRole('button', { name: 'Set password' }).click();
  await person
    .getByText(/orders/)
    .first()
    .waitFor();
  await screenshot(person, 'walk-password-set');
  // The link worked once.
  await person.goto(invitation);
  await person.getByText('used before').first().waitFor();

  // She signs in to the product, which decides by the SDK.
  await person.goto(house.ordersUrl);
  await person.getByLabel('E-mail').fill('rosa@example.com');
  await person.getByLabel('Password').fill(passphrase);
  await person.keyboard.press('Enter');
  await person
    .getByText(/Tide Pool/)
    .first()
    .waitFor();
  const calls = { allowed: 0, refused: 0 };
  person.on('response', (response) => {
    if (!response.url().startsWith(`${house.ordersUrl}/api/`)) return;
    if (response.ok()) calls.allowed++;
    else calls.refused++;
  });
  await person.reload();
  await person
    .getByText(/Tide Pool/)
    .first()
    .waitFor();
  await expect.poll(() => calls.allowed).toBeGreaterThan(0);
  expect(calls.refused).toBe(0);

  // An operator deactivates her.
  await console_.goto(`${house.adminUrl}/users?search=rosa`);
  await console_.getByText('Rosa "Rosie" Marín, PhD').first().click();
  await console_.getByRole('button', { name: 'Deactivate' }).click();
  await console_
    .getByRole('alertdialog')
    .or(console_.getByRole('dialog'))
    .getByRole('button', { name: /deactivate/i })
    .click();
  await console_.getByRole('button', { name: 'Activate' }).waitFor();

  // The very next call is refused, and the page says so plainly.
  calls.allowed = 0;
  await person.getByRole('textbox').or(person.getByRole('searchbox')).first().fill('anything');
  await person
    .getByText(/deactivated/i)
    .first()
    .waitFor();
  expect(calls.allowed).toBe(0);
  expect(calls.refused).toBeGreaterThan(0);
  await screenshot(person, 'walk-refused');

  // The timeline shows it all, in order.
  await console_.goto(`${house.adminUrl}/activity`);
  await console_.getByText('deactivated').first().waitFor();
  await screenshot(console_, 'walk-timeline');
  const [rosa] = await house.query<{ id: string }>(`SELECT id FROM users WHERE email = 'rosa@example.com'`);
  const events = await house.query<{ action: string }>(
    'SELECT action FROM activity_events WHERE target_id = $1 ORDER BY sequence',
    [rosa!.id],
  );
  expect(events.map((event) => event.action)).toEqual([
    'user_created',
    'member_invited',
    'invitation_link_shown',
    'password_set',
    'invitation_accepted',
    // The browser by the invitation, then the orders product by the password.
    'user_login',
    'user_login',
    'user_deactivated',
  ]);
  await desk.close();
  await office.close();
});

it('writes no secret into its log on the whole walk', async () => {
  expect(house.output()).not.toContain(passphrase);
  expect(house.output().replace(/\/setup\/set_\S+/, '')).not.toMatch(/(?:inv|set|crt|sk)_[\w-]{40}/);
});
