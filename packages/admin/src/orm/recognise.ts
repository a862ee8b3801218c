import { createRequire } from 'node:module';
import type { Sequelize } from 'sequelize';
import type { DataSource } from 'typeorm';
import type { OrmAdapter } from './adapter.ts';

/**
 * The adapter for whatever a product has: an adapter itself, a Drizzle schema, a TypeORM data source, or an instance of Sequelize.
 * The module of that ORM's adapter is loaded only now, so that a product needs the one ORM that it uses.
 *
 * @throws TypeError for anything else
 */
export function adapterOf(thing: unknown): OrmAdapter {
  if (isAdapter(thing)) return thing;
  if (isObject(thing)) {
    if (Object.values(thing).some(isDrizzleTable))
      return load<typeof import('./drizzle/index.ts')>('drizzle').drizzleAdmin(thing);
    if (isDataSource(thing)) return load<typeof import('./typeorm/index.ts')>('typeorm').typeormAdmin(thing);
    if (isSequelize(thing))
      return load<typeof import('./sequelize/index.ts')>('sequelize').sequelizeAdmin(thing);
  }
  throw new TypeError(
    'Give `schema` the tables of a Drizzle schema, a TypeORM DataSource, an instance of Sequelize, or what drizzleAdmin, typeormAdmin or sequelizeAdmin made.',
  );
}

const isObject = (thing: unknown): thing is Record<string, unknown> =>
  typeof thing === 'object' && thing !== null;

function isAdapter(thing: unknown): thing is OrmAdapter {
  return (
    isObject(thing) &&
    typeof thing.models === 'function' &&
    typeof thing.transaction === 'function' &&
    typeof thing.dialect === 'string'
  );
}

/** The mark that Drizzle puts on its tables, under a symbol of the whole process. */
const isDrizzleTable = (thing: unknown): boolean =>
  isObject(thing) && Symbol.for('drizzle:IsDrizzleTable') in thing;

/** TypeORM marks its things by a registered symbol, whichever copy of it made them. */
const isDataSource = (thing: Record<string, unknown>): thing is Record<string, unknown> & DataSource =>
  thing['@instanceof'] === Symbol.for('DataSource');

const isSequelize = (thing: Record<string, unknown>): thing is Record<string, unknown> & Sequelize =>
  typeof thing.getDialect === 'function' && typeof thing.define === 'function' && isObject(thing.models);

/** Loads a module of ours at once; Node gives ES modules to `require` as well (20.19 and later). */
function load<Module>(name: 'drizzle' | 'typeorm' | 'sequelize'): Module {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return createRequire(import.meta.url)(`./${name}/index.${extension}`) as Module;
}
