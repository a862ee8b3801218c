import { importExecute, importPreview, importRead } from '@castellan/contract';
import { createTestPlatform, type TestPlatform } from '@castellan/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sweepPreviews } from './sweep-previews.ts';

let house: TestPlatform;
let admin: Awaited<ReturnType<TestPlatform['administrator']>>;
beforeAll(async () => {
  house = await createTestPlatform();
  admin = await house.administrator();
});
afterAll(() => house.close());

const day = 24 * 3600;
const upload = async (name: string): Promise<string> => {
  const rawBody = `email,name,workspace_slug,role\n${name}@sweep.example,Somebody,,\n`;
  return (await admin.call(importPreview, { rawBody, query: { fileName: `${name}.csv` } })).result.job.id;
};
const sweep = () => sweepPreviews(house.platform.database.db, house.clock.now());
const jobsOf = async (id: string) =>
  (await house.query('SELECT FROM import_jobs WHERE id = $1', [id])).length;
const rowsOf = async (id: string) =>
  (await house.query('SELECT FROM import_rows WHERE job_id = $1', [id])).length;

it('P14 an upload that nobody started is taken away after seven days, with its rows; a started one stays', async () => {
  const left = await upload('left');
  const done = await upload('done');
  await admin.call(importExecute, { body: { jobId: done } });
  for (let tries = 0; tries < 200; tries++) {
    if ((await admin.call(importRead, { params: { id: done } })).result.state === 'finished') break;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  house.clock.pass(7 * day - 60);
  // A week later the session is over.
  admin = await house.administrator();
  const fresh = await upload('fresh');
  await sweep();
  expect([await jobsOf(left), await rowsOf(left)]).toEqual([1, 1]);
  house.clock.pass(120);
  await sweep();
  expect([await jobsOf(left), await rowsOf(left)]).toEqual([0, 0]);
  expect([await jobsOf(done), await rowsOf(done)]).toEqual([1, 1]);
  expect(await jobsOf(fresh)).toBe(1);
});
