import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCastellan } from '@castellan/sdk';
import {
  expectAccessible,
  launchBrowser,
  type PageOptions,
  type TestBrowser,
} from '@castellan/testkit/browser';
import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import type { FastifyInstance } from 'fastify';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  StandInIssuer,
  type StandInPerson,
  type StandInWorkspace,
  standInKey,
  standInPassword,
} from '../../test/stand-in-issuer.ts';
import { createOrdersApp } from '../app.ts';
import { type Connection, connect } from '../database/connect.ts';
import { fillSample } from '../sample/fill.ts';

let folder: string;
let issuer: StandInIssuer;
let testDatabase: TestDatabase;
let connection: Connection;
let app: FastifyInstance;
let browser: TestBrowser;
let address: string;
let acme: StandInWorkspace;
let empty: StandInWorkspace;
let admin: StandInPerson;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'castellan-orders-page-'));
  await build({
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    root: fileURLToPath(new URL('.', import.meta.url)),
    build: { outDir: folder },
    logLevel: 'error',
  });
  issuer = await StandInIssuer.start();
  acme = issuer.addWorkspace('acme', 'Acme Workshop');
  empty = issuer.addWorkspace('empty', 'Empty Rooms');
  admin = issuer.addPerson('Ada Admin', { [acme.id]: 'admin', [empty.id]: 'admin' });
  testDatabase = await createTestDatabase({ content: 'empty' });
  connection = await connect(testDatabase.url, () => {});
  const { id, email, name } = admin;
  await fillSample(
    connection.pool,
    { workspaces: [acme], users: [{ id, email, name, workspaceIds: [acme.id] }] },
    new Date(),
  );
  const castellan = createCastellan({ issuer: issuer.address, service: 'orders', serviceKey: standInKey });
  app = createOrdersApp({ castellan, database: connection.database, page: folder, logLevel: 'silent' });
  address = await app.listen({ host: '127.0.0.1', port: 0 });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
  await connection?.pool.end();
  await testDatabase?.drop();
  await issuer?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  issuer.lifeSeconds = 900;
  admin.active = true;
  admin.roles = { [acme.id]: 'admin', [empty.id]: 'admin' };
});

/** Chromium writes a line for every refusal that a test provokes. */
const refusals = [/status of 40[13]/];
const open = (options: Partial<PageOptions> = {}) =>
  browser.openPage({ url: address, tolerates: refusals, ...options });

async function signIn(page: Page, person: StandInPerson, password = standInPassword): Promise<void> {
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

async function signInToAcme(page: Page): Promise<void> {
  await signIn(page, admin);
  await page.getByRole('button', { name: /Acme Workshop/ }).click();
  await page.locator('.orders tbody a').first().waitFor();
}

describe('the page of the orders product', () => {
  test('a wrong password says so beside the form, and the right one leads on', async () => {
    const { page, close } = await open();
    await signIn(page, admin, 'not this one at all');
    await page.getByText('do not match an account').waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('password');
    await signInToAcme(page);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Orders');
    await close();
  });

  test('an administrator creates an order and gives a part of it back', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    await page.getByRole('button', { name: 'New order' }).click();
    await page.getByLabel('Customer’s e-mail').fill('grace@customer.example');
    await page.getByLabel('Customer’s name').fill('Grace <b>Hopper</b>');
    await page.getByLabel('Item').fill('Oak workbench');
    await page.getByLabel('Quantity').fill('2');
    await page.getByLabel('Price each').fill('649,00');
    await page.getByText('Total €1,298.00').waitFor();
    await page.getByRole('button', { name: 'Create order' }).click();
    await page.getByText(/Order #\d+ was created/).waitFor();

    await page.locator('.orders tbody tr', { hasText: 'Grace <b>Hopper</b>' }).getByRole('link').click();
    await page.getByRole('button', { name: 'Refund…' }).click();
    await page.getByLabel('Amount in EUR').fill('2000');
    await page.getByLabel('Reason').fill('Arrived damaged');
    await page.getByRole('button', { name: /^Refund/ }).click();
    await page.getByText('At most €1,298.00 is left.').waitFor();
    await page.getByLabel('Amount in EUR').fill('298');
    await page.getByRole('button', { name: 'Refund €298.00' }).click();
    await page.getByText('Refunded €298.00').waitFor();
    await page.getByRole('cell', { name: '€1,000.00' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.orders tbody tr', { hasText: 'Part refunded' }).first().waitFor();
    await close();
  });

  test('what a role does not allow is not offered', async () => {
    admin.roles = { [acme.id]: 'viewer' };
    const { page, close } = await open();
    await signIn(page, admin);
    await page.locator('.orders tbody a').first().click();
    await page.getByRole('heading', { name: 'Lines' }).waitFor();
    expect(await page.getByRole('button', { name: /Refund|New order/ }).count()).toBe(0);
    await close();
  });

  test('a role taken away while the page is open: the refusal is told and the page follows', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    await page.locator('.orders tbody a').first().click();
    await page.getByRole('button', { name: 'Refund…' }).click();
    await page.getByLabel('Reason').fill('Too late');
    admin.roles = { [acme.id]: 'viewer', [empty.id]: 'viewer' };
    await page.getByRole('button', { name: /^Refund/ }).click();
    await page.getByText('needs the role admin').first().waitFor();
    await page.locator('.bar').getByText('Viewer').waitFor();
    expect(await page.getByRole('button', { name: 'New order' }).count()).toBe(0);
    await close();
  });

  test('a deactivated account is told on the very next call, and the sign-in is there again', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    admin.active = false;
    await page.locator('.orders tbody a').first().click();
    await page.getByText('Your account was deactivated').waitFor();
    expect(await page.locator('dialog').count()).toBe(0);
    await signIn(page, admin);
    await page.getByText('This account is deactivated').waitFor();
    admin.active = true;
    await signIn(page, admin);
    await page.getByRole('heading', { name: 'Choose a workspace' }).waitFor();
    await close();
  });

  test('an ended session and a lost membership are told as what they are', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    for (const session of issuer.sessions.values()) session.ended = true;
    await page.getByRole('radio', { name: 'Shipped' }).check();
    await page.getByText('Your session has ended').waitFor();
    await signInToAcme(page);
    admin.roles = { [empty.id]: 'viewer' };
    await page.getByRole('radio', { name: 'Paid' }).check();
    await page.getByText('You are no longer in that workspace').waitFor();
    expect(await page.getByRole('button', { name: /Empty Rooms/ }).count()).toBe(1);
    await close();
  });

  test('tokens are renewed ahead of expiry, one flight at a time, in two tabs that share a sign-in', async () => {
    issuer.lifeSeconds = 4;
    const first = await open();
    await signInToAcme(first.page);
    const second = await open({ context: first.context });
    await second.page.locator('.orders tbody a').first().waitFor();
    const renewals = () => issuer.visits.get('/auth/refresh') ?? 0;
    const before = renewals();
    await expect.poll(renewals, { timeout: 15_000 }).toBeGreaterThan(before + 5);
    for (const { page } of [first, second]) {
      await page.getByRole('radio', { name: 'Delivered' }).check();
      await page.getByText('found').waitFor();
    }
    // Signing out in one tab is signing out in the other.
    await first.page.getByRole('button', { name: 'Sign out' }).click();
    await second.page.getByText('You are signed out').waitFor();
    await second.close();
    await first.close();
  });

  test('a reload keeps the sign-in, the filter and the order that was open', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    await page.getByLabel('Search orders').fill('studio');
    await page.getByRole('radio', { name: 'Delivered' }).check();
    await expect.poll(() => page.url()).toContain('status=delivered');
    await page.locator('.orders tbody a').first().click();
    await page.getByRole('heading', { name: 'Lines' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Lines' }).waitFor();
    await page.goBack();
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
    expect(await page.getByLabel('Search orders').inputValue()).toBe('studio');
    await close();
  });

  test('the keyboard alone searches, opens, closes and comes back to where it was', async () => {
    const { page, close } = await open();
    await signInToAcme(page);
    await page.keyboard.press('/');
    await page.keyboard.type('studio');
    await expect.poll(() => page.url()).toContain('search=studio');
    await page.locator('.count', { hasText: 'found' }).waitFor();
    // Past the status, to the first order.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const number = await page.evaluate('document.activeElement.textContent');
    expect(number).toMatch(/^#\d+$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Lines' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe(number);
    await close();
  });

  for (const theme of ['light', 'dark'] as const)
    for (const width of [1440, 390])
      test(`nothing is inaccessible or wider than the window: ${theme}, ${width} px`, async () => {
        const { page, close } = await open({ theme, width });
        const look = async (): Promise<void> => {
          await expectAccessible(page);
          expect(
            await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
          ).toBeLessThanOrEqual(0);
        };
        await page.getByLabel('E-mail').waitFor();
        await look();
        await signIn(page, admin);
        await page.getByRole('heading', { name: 'Choose a workspace' }).waitFor();
        await look();
        await page.getByRole('button', { name: /Acme/ }).click();
        await page.locator('.orders tbody a').first().waitFor();
        await look();
        await page.locator('.orders tbody a').first().click();
        await page.getByRole('button', { name: 'Refund…' }).click();
        await look();
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'New order' }).click();
        await page.getByRole('button', { name: 'Create order' }).click();
        await look();
        await page.keyboard.press('Escape');
        await page.getByLabel('Workspace').selectOption({ label: 'Empty Rooms' });
        await page.getByText('No orders yet').waitFor();
        await look();
        await close();
      });
});
