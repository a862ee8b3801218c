import { describe, expect, it } from 'vitest';
import * as schema from '../../test/warehouse/drizzle-postgresql.ts';
import { drizzleAdmin } from './drizzle/index.ts';
import { adapterOf } from './recognise.ts';

describe('what a product gives as its schema', () => {
  it('may be a Drizzle schema, just as it is', () => {
    expect(adapterOf(schema).models()).toEqual(drizzleAdmin(schema).models());
    expect(adapterOf({ ...schema }).dialect).toBe('postgresql');
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
