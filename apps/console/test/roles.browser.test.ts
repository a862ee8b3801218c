import { afterAll, beforeAll, expect, it } from 'vitest';
import { furnish, judge, longName, openConsole, type World } from './access-world.ts';

let here: Awaited<ReturnType<typeof openConsole>>;
let world: World;
let approver: string;

beforeAll(async () => {
  here = await openConsole();
  world = await furnish(here);
  approver = `/workspaces/${world.workspace.id}/roles/${world.roles.approver.id}`;
});
afterAll(() => here?.close());

it('a role is made, gets several actions at once and a member, each with who gains what by it (P8)', async () => {
  const opened = await here.open(`/workspaces/${world.workspace.id}?tab=roles`, { width: 1440 });
  const { page } = opened;
  await page.getByRole('link', { name: 'Approver' }).waitFor();
  await page.getByRole('tab', { name: /^Roles\s*2$/ }).waitFor();
  await judge(opened, 'roles-light-1440');
  await page.getByRole('button', { name: 'Create role' }).click();
  await page.getByLabel('Name').fill('Returns clerk');
  await page.getByRole('dialog').getByRole('button', { name: 'Create role' }).click();
  await page.getByRole('heading', { name: 'Returns clerk' }).waitFor();
  await page.getByText('This role allows nothing yet').waitFor();

  await page.getByRole('button', { name: 'Add member' }).click();
  await page.getByRole('combobox').fill('Dan');
  await page.getByRole('option', { name: /Dan Dryden/ }).click();
  await page.getByText('Nobody gains or loses anything').waitFor();
  await page.getByRole('button', { name: 'Give role' }).click();
  await page
    .getByRole('list', { name: /^Members/ })
    .getByText('Dan Dryden')
    .waitFor();

  await page.getByRole('button', { name: 'Add actions' }).click();
  await page.getByRole('checkbox', { name: 'orders:cancel' }).click();
  await page.getByRole('searchbox', { name: 'Search actions' }).fill('invoice:issue');
  await page.getByRole('checkbox', { name: 'invoice:issue' }).click();
  await page.getByText('Dan Dryden gains 2 actions').waitFor();
  await judge(opened, 'role-add-actions-light-1440');
  await page.getByRole('button', { name: 'Add 2 actions' }).click();
  await page.getByRole('button', { name: 'Remove orders:cancel' }).waitFor();
  await page.getByRole('button', { name: 'Remove invoice:issue' }).waitFor();
  const held = await here.house.query<{ name: string }>(
    `SELECT service_actions.name FROM role_actions JOIN service_actions ON service_actions.id = action_id
       JOIN roles ON roles.id = role_id WHERE roles.name = 'Returns clerk' ORDER BY 1`,
  );
  expect(held.map(({ name }) => name)).toEqual(['invoice:issue', 'orders:cancel']);
  await opened.close();
});

it('before an action leaves a role, those who lose it are named; it can be undone (P8, P11)', async () => {
  const opened = await here.open(approver, { theme: 'dark', width: 390 });
  const { page } = opened;
  await judge(opened, 'role-dark-390');
  await page.getByRole('button', { name: 'Remove orders:refund' }).click();
  await page.getByText('2 people lose orders:refund').waitFor();
  await page.getByText('Bob Baker, Cleo Carter').waitFor();
  await judge(opened, 'role-remove-action-dark-390');
  await page.getByRole('button', { name: 'Remove action' }).click();
  await page.getByRole('button', { name: 'Remove orders:refund' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Remove orders:refund' }).waitFor();
  await opened.close();
});

it('where it is not known who loses something, the dialog says so, and the change can be made all the same', async () => {
  const opened = await here.open(approver, { tolerates: /status of 503/ });
  const { page } = opened;
  await page.route('**/admin/access/simulate', (route) => route.fulfill({ status: 503, body: '' }));
  await page.getByRole('button', { name: 'Take the role from Cleo Carter' }).click();
  await page.getByText('It is not known who gains or loses something').waitFor();
  await page.getByRole('button', { name: 'Take role' }).click();
  await page.getByText('No member holds it').waitFor();
  await opened.close();
});

it('a group’s end, a member’s leaving of it and of the workspace say what is lost by it (P7, P11)', async () => {
  const opened = await here.open(`/workspaces/${world.workspace.id}?tab=groups&group=${world.finance.id}`);
  const { page } = opened;
  await page.getByRole('button', { name: 'Take Bob Baker out of Finance' }).click();
  await page.getByText('Bob Baker loses 2 actions').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Delete group' }).click();
  await page.getByText('Bob Baker loses 2 actions').waitFor();
  await page.goto(`${here.address}/workspaces/${world.workspace.id}`);
  await page.getByRole('button', { name: 'Remove Dan Dryden' }).click();
  await page.getByText('view on order O-2').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: `Remove ${longName}` }).click();
  await page.getByText('This would be refused').waitFor();
  await opened.close();
});

it('somebody who comes into a group, and another role in the workspace: who gains what is said before (P7, P11)', async () => {
  const opened = await here.open(`/workspaces/${world.workspace.id}?tab=groups&group=${world.finance.id}`);
  const { page } = opened;
  await page.getByRole('combobox', { name: 'Add a member' }).fill('Dan');
  await page.getByRole('option', { name: /Dan Dryden/ }).click();
  await page.getByText('orders:read, orders:refund, view on order O-1').waitFor();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Dan Dryden is in Finance').first().waitFor();
  await page.goto(`${here.address}/workspaces/${world.workspace.id}`);
  await page.getByLabel('Role of Dan Dryden').selectOption('admin');
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/Dan Dryden gains/).waitFor();
  await dialog.getByRole('button', { name: 'Change role' }).click();
  await page.getByText('Dan Dryden is now admin').first().waitFor();
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await page.getByText('Dan Dryden is viewer again').first().waitFor();
  await here.house.query('DELETE FROM group_members WHERE group_id = $1 AND user_id <> $2', [
    world.finance.id,
    world.people.bob.id,
  ]);
  await opened.close();
});

it('a role is deleted after a dialog that counts what goes with it', async () => {
  const opened = await here.open(approver);
  const { page } = opened;
  await page.getByRole('button', { name: 'More actions for Approver' }).click();
  await page.getByRole('menuitem', { name: 'Delete role' }).click();
  await page.getByText('The role with its 2 actions').waitFor();
  await page.getByText('Bob Baker loses 2 actions').waitFor();
  await page.getByRole('button', { name: 'Delete role' }).click();
  await page.waitForURL(/\?tab=roles/);
  expect(await here.house.query('SELECT 1 FROM roles WHERE id = $1', [world.roles.approver.id])).toEqual([]);
  await opened.close();
});
