import { newId } from '../../platform/database/identifiers.ts';

const uuidType = 2950;
const headerBytes = 20;
const entryBytes = 20;

/**
 * New ids as PostgreSQL's binary form of a `uuid[]`: thousands of them as text take it longer to read than to use.
 * (`array_recv`: dimensions, null flag, element type, length, lower bound; then length and bytes of each element.)
 */
export function makeIds(count: number): Buffer {
  const array = Buffer.alloc(headerBytes + count * entryBytes);
  [1, 0, uuidType, count, 1].forEach((value, index) => {
    array.writeInt32BE(value, index * 4);
  });
  for (let index = 0; index < count; index++) {
    const at = headerBytes + index * entryBytes;
    array.writeInt32BE(16, at);
    array.write(newId().replaceAll('-', ''), at + 4, 'hex');
  }
  return array;
}
