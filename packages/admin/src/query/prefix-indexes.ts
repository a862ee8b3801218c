import type { AdministeredModel } from '../models/administered.ts';
import type { ModelDescription } from '../models/description.ts';
import type { OrmAdapter, RawRow } from '../orm/adapter.ts';
import { quoteTable } from '../orm/quote.ts';
import type { PrefixIndexes } from './compile-list.ts';
import type { PrefixSupport } from './dialects/dialect.ts';

/** Indexes come and go with migrations, while products run. */
const keptForMs = 10 * 60_000;

interface Kept {
  readonly readAt: number;
  readonly indexes: Promise<PrefixIndexes | undefined>;
}
const kept = new WeakMap<object, WeakMap<ModelDescription, Kept>>();

/**
 * How PostgreSQL's own catalogue says that prefixes of each column are found: whether an index is made for patterns, and whether
 * its order is that of bytes, depends on the database's collation, which no ORM knows. Read once in ten minutes for each model;
 * `undefined` for other databases, and where it can't be read.
 */
export function prefixIndexesOf<Db>(
  adapter: Pick<OrmAdapter<Db>, 'dialect' | 'query'>,
  db: Db,
  model: AdministeredModel,
): Promise<PrefixIndexes | undefined> {
  if (adapter.dialect !== 'postgresql') return Promise.resolve(undefined);
  const ofAdapter = kept.get(adapter) ?? new WeakMap<ModelDescription, Kept>();
  kept.set(adapter, ofAdapter);
  const found = ofAdapter.get(model.source);
  if (found && Date.now() - found.readAt < keptForMs) return found.indexes;
  const indexes = read(adapter, db, model).catch(() => {
    ofAdapter.delete(model.source);
    return undefined;
  });
  ofAdapter.set(model.source, { readAt: Date.now(), indexes });
  return indexes;
}

/** https://www.postgresql.org/docs/current/indexes-opclass.html */
const text = `
  SELECT a.attname AS c0, o.opcname AS c1,
         CASE WHEN c.collname = 'default'
              THEN CASE d.datlocprovider WHEN 'c' THEN CAST(d.datcollate AS text) WHEN 'b' THEN 'C' ELSE '' END
              ELSE CAST(c.collname AS text) END AS c2
  FROM pg_index i
  JOIN pg_class r ON r.oid = i.indexrelid
  JOIN pg_am m ON m.oid = r.relam AND m.amname = 'btree'
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
  JOIN pg_opclass o ON o.oid = i.indclass[0]
  JOIN pg_collation c ON c.oid = i.indcollation[0]
  JOIN pg_database d ON d.datname = current_database()
  WHERE i.indrelid = to_regclass(CAST($1 AS text)) AND i.indpred IS NULL AND i.indisvalid`;

async function read<Db>(
  adapter: Pick<OrmAdapter<Db>, 'dialect' | 'query'>,
  db: Db,
  model: AdministeredModel,
): Promise<PrefixIndexes> {
  const rows = await adapter.query(db, {
    text,
    values: [quoteTable('postgresql', model)],
    columns: ['c0', 'c1', 'c2'],
  });
  const byColumn = new Map<string, PrefixSupport>();
  for (const row of rows) {
    const support = supportOf(row);
    const name = String(row.c0);
    if (support !== 'none' && byColumn.get(name) !== 'pattern_index') byColumn.set(name, support);
  }
  return ({ column }) => byColumn.get(column) ?? 'none';
}

function supportOf(row: RawRow): PrefixSupport {
  if (/^(text|varchar|bpchar)_pattern_ops$/.test(String(row.c1))) return 'pattern_index';
  return ['C', 'POSIX', 'ucs_basic'].includes(String(row.c2)) ? 'byte_order' : 'none';
}
