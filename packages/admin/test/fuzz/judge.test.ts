import { expect, it } from 'vitest';
import type { RawRow, Statement } from '../../src/orm/adapter.ts';
import type { Bench } from '../warehouse/bench.ts';
import { drizzleBenches } from '../warehouse/drizzle-benches.ts';
import { fuzzAdministration } from './fuzz-administration.ts';
import { canaries } from './warehouse-intents.ts';

interface Breakage {
  readonly statement?: (statement: Statement) => Statement;
  readonly rows?: (rows: readonly RawRow[]) => readonly RawRow[];
}

/** The same bench with an adapter that asks or answers otherwise than it should. */
function broken(
  bench: Bench,
  { statement: ask = (one) => one, rows: answer = (all) => all }: Breakage,
): Bench {
  return {
    ...bench,
    open: async (options) => {
      const opened = await bench.open(options);
      const { adapter } = opened;
      return {
        ...opened,
        adapter: {
          dialect: adapter.dialect,
          models: () => adapter.models(),
          execute: (db, text) => adapter.execute(db, text),
          transaction: (db, work) => adapter.transaction(db, work),
          query: async (db, statement, limits) => answer(await adapter.query(db, ask(statement), limits)),
        },
      };
    },
  };
}

/** The same values for another text, which is not taken apart yet. */
const otherText = ({ pieces: _, ...one }: Statement, change: (text: string) => string): Statement => ({
  ...one,
  text: change(one.text),
});

const breakages: Readonly<Record<string, Breakage & { readonly heard: RegExp }>> = {
  'a filter that leaves out the last row that it should have': {
    statement: (one) => otherText(one, (text) => text.replaceAll(' <= ', ' < ')),
    heard: /other rows|a preview of other rows/,
  },
  'a value that is redacted, among those that are not': {
    rows: (rows) =>
      rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [
            name,
            value === 'Warehouse south' ? canaries.Order.quoted : value,
          ]),
        ),
      ),
    heard: /a redacted value is answered/,
  },
  'a statement that the database does not understand': {
    statement: (one) => otherText(one, (text) => text.replace(' LIKE ', ' LIKES ')),
    heard: /a failure of the server/,
  },
};

it.each(Object.entries(breakages))(
  'the judge of the fuzz complains of %s',
  async (_, breakage) => {
    const said = console.error;
    console.error = () => {};
    try {
      const verdict = await fuzzAdministration(broken(drizzleBenches.sqlite, breakage), { calls: 1500 });
      expect(verdict.complaints.join('\n')).toMatch(breakage.heard);
    } finally {
      console.error = said;
    }
  },
  120_000,
);
