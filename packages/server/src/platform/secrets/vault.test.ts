import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createVault } from './vault.ts';

const vault = createVault(randomBytes(32));

describe('what the vault sealed', () => {
  it('opens with the same purpose and context only, and by nobody else', () => {
    const sealed = vault.seal('cursors', Buffer.from('position'), 'users');
    expect(vault.open('cursors', sealed, 'users').toString()).toBe('position');
    expect(() => vault.open('cursors', sealed, 'groups')).toThrow();
    expect(() => vault.open('signing-keys', sealed, 'users')).toThrow();
    expect(() => createVault(randomBytes(32)).open('cursors', sealed, 'users')).toThrow();
  });

  it('opens with its whole tag only, and not when a bit of it was changed', () => {
    const empty = vault.seal('cursors', Buffer.alloc(0), 'users');
    for (const length of [0, 12, 16, 20, 24, 27])
      expect(() => vault.open('cursors', empty.subarray(0, length), 'users')).toThrow();
    const sealed = vault.seal('cursors', Buffer.from('position'), 'users');
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index]! ^= 1;
      expect(() => vault.open('cursors', changed, 'users')).toThrow();
    }
  });
});
