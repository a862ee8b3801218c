import { importPreview } from '@castellan/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { judge, openConsole } from './access-world.ts';

let world: Awaited<ReturnType<typeof openConsole>>;
let job: string;

beforeAll(async () => {
  world = await openConsole();
  const rows = [
    `not-an-address,${'x'.repeat(121)},no-such-place,king`,
    'somebody.with.a.rather.long.name@a-rather-long-department.example.com,Somebody,no-such-place,viewer',
    'ada@example.com,Ada,,viewer',
    'ada@example.com,Ada,,king',
  ];
  const { result } = await world.admin.call(importPreview, {
    rawBody: ['email,name,workspace_slug,role', ...rows].join('\n'),
    query: { fileName: 'people.csv' },
  });
  job = result.job.id;
});
afterAll(() => world?.close());

it.each([
  ['dark', 390],
  ['light', 1440],
] as const)('an import shows every fault of a row, whole (%s, %i)', async (theme, width) => {
  const opened = await world.open(`/import/${job}`, { theme, width });
  const { page } = opened;
  const first = page.getByRole('row').nth(1);
  await first.getByText('This is not an e-mail address.').waitFor();
  expect(await first.getByRole('listitem').allTextContents()).toEqual([
    'This is not an e-mail address.',
    'The name is longer than 120 characters or holds control characters.',
    'The role is not one of owner, admin, editor, viewer.',
    'No workspace has this slug.',
  ]);
  // Nothing is cut: each text and the cell around it are as large as what they hold, and rows do not lie over each other.
  const cut = await page.getByRole('row').evaluateAll((found) =>
    found.slice(1).flatMap((row, index, all) => {
      const cells = [...row.querySelectorAll('td:first-of-type, td:nth-of-type(2), td:last-of-type, li')];
      const small = cells.filter(
        (cell) => cell.scrollWidth > cell.clientWidth || cell.scrollHeight > cell.clientHeight + 1,
      );
      const above = all[index - 1]?.getBoundingClientRect().bottom ?? 0;
      return small.length > 0 || row.getBoundingClientRect().top < above - 1 ? [row.textContent] : [];
    }),
  );
  expect(cut).toEqual([]);
  await judge(opened, `import-problems-${theme}-${width}`);
  await opened.close();
});
