import { uuidv7 } from 'uuidv7';

/** A new key: UUID version 7 (RFC 9562 §5.7), so that rows made together lie together. */
export function newId(): string {
  return uuidv7();
}
