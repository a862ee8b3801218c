import { appendFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { Bench } from '../warehouse/bench.ts';
import { fuzzAdministration } from './fuzz-administration.ts';

/** More on demand, with what came of them written line by line: the proof `admin-fuzz` does so. */
const calls = Number(process.env.CASTELLAN_FUZZ_CALLS ?? 400);
const verdicts = process.env.CASTELLAN_FUZZ_VERDICTS;

/** Whatever is sent to the whole admin surface over this ORM and database is answered, by the rules. */
export function describeFuzz(bench: Bench): void {
  it(`${bench.name}: no call fails, tells what is redacted, or gives a row outside of its filter`, async () => {
    const verdict = await fuzzAdministration(bench, { calls });
    if (verdicts !== undefined) await appendFile(verdicts, `${JSON.stringify(verdict)}\n`);
    expect(verdict.complaints.slice(0, 5)).toEqual([]);
    // It comes as far as the database, and to every kind of refusal.
    for (const count of [verdict.lists, verdict.pages, verdict.previews, verdict.writes])
      expect(count).toBeGreaterThan(5);
    for (const code of ['VALIDATION_FAILED', 'FIELD_REDACTED', 'NOT_FOUND', 'INSUFFICIENT_ROLE'])
      expect(Object.keys(verdict.refused), code).toContain(code);
  }, 3_600_000);
}
