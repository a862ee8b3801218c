import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as schema from '../../test/warehouse/drizzle-postgresql.ts';
import { sequelizeBenches } from '../../test/warehouse/sequelize-benches.ts';
import { typeormBenches } from '../../test/warehouse/typeorm-benches.ts';
import { drizzleAdmin } from './drizzle/index.ts';
import { adapterOf } from './recognise.ts';

describe('what a product gives as its schema', () => {
  it('may be a Drizzle schema, just as it is', () => {
    expect(adapterOf(schema).models()).toEqual(drizzleAdmin(schema).models());
    expect(adapterOf({ ...schema }).dialect).toBe('postgresql');
  });

  it.each([typeormBenches.sqlite, sequelizeBenches.sqlite])('may be what $name has', async (bench) => {
    const open = await bench.open();
    const names = adapterOf(open.db)
      .models()
      .map(({ name }) => name);
    expect(names.toSorted()).toEqual(['Item', 'Order', 'StockLevel', 'Warehouse']);
    await open.close();
  });

  it('may be an adapter, which stays itself', () => {
    const adapter = drizzleAdmin(schema);
    expect(adapterOf(adapter)).toBe(adapter);
  });

  it.each([[{}], [null], ['users'], [{ kinds: ['tool'] }]])(
    'is refused with what it should be: %j',
    (thing) => {
      expect(() => adapterOf(thing)).toThrow(/tables of a Drizzle schema/);
    },
  );
});

describe('a product that has one ORM', () => {
  /** Loads an entry in a process that has none of these packages. */
  const load = (entry: string, without: readonly string[]) =>
    promisify(execFile)(process.execPath, [
      '--conditions=castellan-source',
      '--input-type=module',
      '--eval',
      `import { registerHooks } from 'node:module';
       const without = new RegExp(${JSON.stringify(`^(${without.join('|')})(/|$)`)});
       registerHooks({ resolve: (name, context, next) => {
         if (without.test(name)) throw new Error('not installed: ' + name);
         return next(name, context);
       } });
       console.log(Object.keys(await import(${JSON.stringify(new URL(entry, import.meta.url).href)})).join());`,
    ]);

  it.each([
    ['../index.ts', 'configureAdminAuth', ['drizzle-orm', 'typeorm', 'sequelize']],
    ['./drizzle/index.ts', 'drizzleAdmin', ['typeorm', 'sequelize']],
    ['./typeorm/index.ts', 'typeormAdmin', ['drizzle-orm', 'sequelize']],
    ['./sequelize/index.ts', 'sequelizeAdmin', ['drizzle-orm', 'typeorm']],
  ])('loads %s without the others', async (entry, name, others) => {
    const { stdout } = await load(entry, others);
    expect(stdout.trim().split(',')).toContain(name);
  });

  it('would fail here if it needed another', async () => {
    await expect(load('./drizzle/index.ts', ['drizzle-orm'])).rejects.toThrow(/not installed: drizzle-orm/);
  });
});
