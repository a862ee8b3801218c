import { DataTypes, type Model, Op, Sequelize } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administerModels } from '../src/models/administered.ts';
import { ConstraintFailed, type OrmAdapter } from '../src/orm/adapter.ts';
import { sequelizeAdmin } from '../src/orm/sequelize/index.ts';
import { typeormAdmin } from '../src/orm/typeorm/index.ts';
import { createSealer, readRow, runList } from '../src/query/index.ts';
import { BetterSqlite3OfNode } from './warehouse/better-sqlite3-of-node.ts';
import { sqlite3OfNode } from './warehouse/sqlite3-of-node.ts';

const modelOf = (adapter: OrmAdapter, name: string) => adapter.models().find((model) => model.name === name)!;
const sealer = createSealer(new Uint8Array(32).fill(3));

describe('what only Sequelize has', () => {
  let sequelize: Sequelize;
  let adapter: OrmAdapter;

  beforeAll(async () => {
    sequelize = new Sequelize({
      dialect: 'sqlite',
      storage: ':memory:',
      dialectModule: sqlite3OfNode,
      logging: false,
    });
    const plain = { timestamps: false } as const;
    sequelize.define(
      'Ticket',
      {
        title: { type: DataTypes.STRING(50), validate: { len: [3, 50] } },
        mail: {
          type: DataTypes.STRING(50),
          set(this: Model, text: string) {
            this.setDataValue('mail', text.toLowerCase());
          },
        },
        isOpen: { type: DataTypes.BOOLEAN, field: 'is_open', defaultValue: true },
        note: { type: DataTypes.TEXT },
        loud: { type: DataTypes.VIRTUAL, get: () => 'LOUD' },
      },
      { ...plain, defaultScope: { where: { isOpen: true }, attributes: { exclude: ['note'] } } },
    );
    sequelize.define(
      'Recent',
      { at: DataTypes.DATE },
      { ...plain, defaultScope: { where: { at: { [Op.gt]: new Date(0) } } } },
    );
    sequelize.define('Stamped', { name: DataTypes.STRING });
    await sequelize.sync();
    adapter = sequelizeAdmin(sequelize);
  });
  afterAll(() => sequelize.close());

  it('virtual attributes are no fields', () => {
    expect(modelOf(adapter, 'Ticket').columns.map(({ name }) => name)).toEqual([
      'id',
      'title',
      'mail',
      'isOpen',
      'note',
    ]);
  });

  it('what a default scope leaves out is redacted, unless the product says that it is no secret', () => {
    const hidden = (options = {}) =>
      administerModels(adapter.models(), { expose: ['Ticket'], ...options }).get('Ticket')!.redacted;
    expect([...hidden()]).toEqual(['note']);
    expect([...hidden({ acknowledgeNotSecret: { Ticket: ['note'] } })]).toEqual([]);
  });

  it('rows outside of a default scope are neither listed nor read, changed or deleted', async () => {
    const model = administerModels(adapter.models(), { expose: ['Ticket'] }).get('Ticket')!;
    const insert = (values: Record<string, unknown>) =>
      adapter.transaction(sequelize, (tx) => tx.insert(modelOf(adapter, 'Ticket'), values));
    const open = await insert({ title: 'open' });
    const closed = await insert({ title: 'closed', isOpen: false });
    const { items, total } = await runList(
      adapter,
      sequelize,
      model,
      { count: true },
      { skip: 0, limit: 10, sealer },
    );
    expect(items.map((row) => row.id)).toEqual([open.id]);
    expect(total).toMatchObject({ count: 1 });
    expect(await readRow(adapter, sequelize, model, closed)).toBeUndefined();
    const changed = await adapter.transaction(sequelize, async (tx) => [
      await tx.update(model.source, closed, { title: 'seen' }),
      await tx.delete(model.source, closed),
      await tx.update(model.source, open, { title: 'seen' }),
    ]);
    expect(changed).toEqual([0, 0, 1]);
  });

  it('a default scope that lists can not keep is refused at set-up', () => {
    expect(() => administerModels(adapter.models(), { expose: ['Recent'] })).toThrow(
      /default scope of Recent/,
    );
  });

  it('validations and setters happen, and say which field it was', async () => {
    const insert = (values: Record<string, unknown>) =>
      adapter.transaction(sequelize, (tx) => tx.insert(modelOf(adapter, 'Ticket'), values));
    const failure = await insert({ title: 'x' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConstraintFailed);
    expect(failure).toMatchObject({ kind: 'value', fields: ['title'] });
    await insert({ title: 'shout', mail: 'ADA@EXAMPLE.ORG' });
    const row = await sequelize.models.Ticket!.findOne({ where: { title: 'shout' } });
    expect(row?.get('mail')).toBe('ada@example.org');
  });

  it('time stamps that Sequelize writes are read-only', () => {
    const written = modelOf(adapter, 'Stamped').columns.filter(({ isGenerated }) => !isGenerated);
    expect(written.map(({ name }) => name)).toEqual(['id', 'name']);
  });
});

describe('what only TypeORM has', () => {
  let dataSource: DataSource;
  let adapter: OrmAdapter;

  beforeAll(async () => {
    const Person = new EntitySchema<Record<string, unknown>>({
      name: 'Person',
      columns: {
        country: { type: 'varchar', length: 2, primary: true },
        number: { type: 'integer', primary: true },
        name: { type: 'varchar' },
        pin: { type: 'varchar', select: false, nullable: true },
        fixed: { type: 'varchar', insert: false, update: false, nullable: true },
        revision: { type: 'integer', version: true },
      },
    });
    dataSource = new DataSource({
      type: 'better-sqlite3',
      database: ':memory:',
      driver: BetterSqlite3OfNode,
      entities: [Person],
      synchronize: true,
    });
    expect(() => typeormAdmin(dataSource)).toThrow(/Initialize/);
    adapter = typeormAdmin(await dataSource.initialize());
  });
  afterAll(() => dataSource.destroy());

  const inTransaction = <T>(work: Parameters<OrmAdapter['transaction']>[1]) =>
    adapter.transaction(dataSource, work) as Promise<T>;
  const person = () => modelOf(adapter, 'Person');

  it('columns that are not selected are redacted, and those that TypeORM alone writes are read-only', () => {
    const { redacted, readOnly } = administerModels(adapter.models(), { expose: ['Person'] }).get('Person')!;
    expect([...redacted]).toEqual(['pin']);
    expect(readOnly.get('revision')).toBe('generated');
    expect(readOnly.get('fixed')).toBe('generated');
  });

  it('a row that is there already is never changed by making another with its key', async () => {
    const values = { country: 'nl', number: 1, name: 'first' };
    await inTransaction((tx) => tx.insert(person(), values));
    const again = inTransaction((tx) => tx.insert(person(), { ...values, name: 'second' }));
    await expect(again).rejects.toMatchObject({ kind: 'unique', fields: ['country', 'number'] });
    const found = await dataSource.getRepository('Person').find();
    expect(found).toEqual([expect.objectContaining({ name: 'first', revision: 1 })]);
  });

  it('versions count up, and what is not selected stays as it was', async () => {
    await dataSource.query("UPDATE person SET pin = '1234'");
    const key = { country: 'nl', number: 1 };
    expect(await inTransaction((tx) => tx.update(person(), key, { name: 'third' }))).toBe(1);
    expect(await dataSource.query('SELECT name, pin, revision FROM person')).toEqual([
      { name: 'third', pin: '1234', revision: 2 },
    ]);
  });
});
