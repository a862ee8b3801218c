import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialectName } from '../../src/models/description.ts';
import type { WireValues } from '../../src/orm/adapter.ts';
import { formatKey, parseKey, readRow, readRows } from '../../src/query/index.ts';
import { hasMariadb, openGadgets, type PlainDatabase } from './databases.ts';
import { secret } from './gadgets.ts';

const dialects: readonly DialectName[] = ['postgresql', 'mysql', 'sqlite'];
const isThere = { postgresql: true, sqlite: true, mysql: await hasMariadb() };

describe.each(dialects.filter((dialect) => isThere[dialect]))('one row on %s', (dialect) => {
  let opened: Awaited<ReturnType<typeof openGadgets>>;
  let database: PlainDatabase;
  const model = (name = 'Gadget') => opened.models.get(name)!;
  const shown = (): readonly WireValues[] => opened.gadgets.filter((row) => row.deletedAt === null);

  beforeAll(async () => {
    opened = await openGadgets(dialect, 60);
    database = opened.database;
  });
  afterAll(() => database?.close());

  const read = (id: unknown, name = 'Gadget') =>
    readRow(database.adapter, undefined, model(name), parseKey(model(name), id, dialect));

  it('is read by its key without what is redacted; a deleted one is not there', async () => {
    const [first] = shown();
    const found = await read(first?.id);
    expect(found?.row).toMatchObject({ id: first?.id, name: first?.name, createdAt: first?.createdAt });
    expect(JSON.stringify(found)).not.toContain(secret);
    const gone = opened.gadgets.find((row) => row.deletedAt !== null);
    expect(await read(gone?.id)).toBeUndefined();
    expect(await read('1')).toBeUndefined();
  });

  it('has an id that leads back to it, of one column and of several', async () => {
    for (const part of opened.parts.slice(0, 12)) {
      const id = formatKey(model('Part'), part);
      expect(id).toBe(JSON.stringify([part.box, part.slot]));
      expect((await read(id, 'Part'))?.row).toEqual(part);
    }
    expect(formatKey(model(), shown()[0]!)).toBe(shown()[0]?.id);
    const many = await readRows(
      database.adapter,
      undefined,
      model('Part'),
      opened.parts.slice(0, 12).map(({ box, slot }) => ({ box, slot })),
    );
    expect(many).toHaveLength(12);
  });

  it('has a version that changes with what can be changed, and with nothing else', async () => {
    const id = String(shown()[1]?.id);
    const before = await read(id);
    await database.run(`UPDATE gadgets SET vault_code = '${secret}-other' WHERE id = ${id}`);
    expect((await read(id))?.version).toBe(before?.version);
    await database.run(`UPDATE gadgets SET note = 'another' WHERE id = ${id}`);
    expect((await read(id))?.version).not.toBe(before?.version);
    await database.run(`UPDATE gadgets SET note = NULL WHERE id = ${id}`);
    const withoutNote = await read(id);
    await database.run(`UPDATE gadgets SET note = '' WHERE id = ${id}`);
    expect((await read(id))?.version).not.toBe(withoutNote?.version);
  });

  it.each([['x'], [''], ['[1]'], [{}], [null], ['1e3'], ['99999999999999999999'], ['["a"]']])(
    'is not looked for by the id %j, which no row can have',
    (id) => {
      expect(() => parseKey(model(), id, dialect)).toThrow(
        expect.objectContaining({ code: 'VALIDATION_FAILED' }),
      );
    },
  );
});
