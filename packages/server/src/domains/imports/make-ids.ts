import { newId } from '../../platform/database/identifiers.ts';

/** New ids, 16 bytes each, packed one behind the other: one parameter of a query, in which each is found by its place. */
export function makeIds(count: number): Buffer {
  const ids = Buffer.allocUnsafe(count * 16);
  for (let index = 0; index < count; index++) ids.write(newId().replaceAll('-', ''), index * 16, 'hex');
  return ids;
}
