import { describe, expect, it } from 'vitest';
import {
  fromLines,
  fromWords,
  orNull,
  readKeys,
  scopesFromLines,
  scopesToLines,
  toLines,
} from './text-lists.ts';

describe('lists as texts', () => {
  it('reads lines and words, whatever stands around them', () => {
    expect(fromLines(' https://a.example \r\n\n https://b.example\n')).toEqual([
      'https://a.example',
      'https://b.example',
    ]);
    expect(fromLines(toLines(['a', 'b']))).toEqual(['a', 'b']);
    expect(fromLines('')).toEqual([]);
    expect(fromWords(' openid\nprofile  email ')).toEqual(['openid', 'profile', 'email']);
    expect(scopesFromLines('orders:read  See your orders\n\norders:refund')).toEqual([
      { name: 'orders:read', description: 'See your orders' },
      { name: 'orders:refund', description: '' },
    ]);
    expect(scopesFromLines(scopesToLines([{ name: 'a', description: 'b c' }]))).toEqual([
      { name: 'a', description: 'b c' },
    ]);
    expect(orNull('  ')).toBeNull();
    expect(orNull(' a ')).toBe('a');
  });
});

describe('a pasted key set', () => {
  const key = { kty: 'OKP', crv: 'Ed25519', x: 'abc' };

  it('is taken whole, or as its one key; nothing is no set', () => {
    expect(readKeys(JSON.stringify({ keys: [key] }))).toEqual({ keys: { keys: [key] } });
    expect(readKeys(JSON.stringify(key))).toEqual({ keys: { keys: [key] } });
    expect(readKeys('  ')).toEqual({ keys: null });
  });

  it.each(['-----BEGIN PUBLIC KEY-----', '[]', '{}', '"key"', 'null', '{"keys":[1]}'])(
    'says what is wrong with %s',
    (text) => expect(readKeys(text)).toEqual({ problem: expect.stringMatching(/^This is no/) }),
  );
});
