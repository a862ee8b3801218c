import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkReturnTo, ownPages, signInAddress } from './return-to.ts';

describe('where a sign-in leads is a path of our own (open redirect, RFC 9700 §4.11.2)', () => {
  it.each([
    '/account',
    '/interaction/abc?x=1',
    '/account/apps?cursor=a%2Fb#part',
    '/a//b',
    '/%2F%2Fevil.example',
  ])('follows %s', (path) => expect(checkReturnTo(path)).toBe(path));

  it.each([
    '',
    'https://evil.example/',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '/..//evil.example',
    '/.//evil.example',
    '/%2e%2e//evil.example',
    'javascript:alert(1)',
    'account',
    '@evil.example',
    '/a\u0000b',
    `/${'a'.repeat(3000)}`,
  ])('does not follow %j', (address) => expect(checkReturnTo(address)).toBe(ownPages));

  it('whatever was asked for, a browser stays here', () => {
    const pieces = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '%2e',
      '\t',
      '\n',
      '@',
      ':',
      'evil.example',
      'https',
      '?',
      '#',
      'a',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const own = 'https://id.example.com';
        expect(new URL(checkReturnTo(parts.join('')), own).origin).toBe(own);
        // And again: what one check lets through, the next one reads the same way.
        const once = checkReturnTo(parts.join(''));
        expect(checkReturnTo(once)).toBe(once);
      }),
      { numRuns: 5000 },
    );
  });

  it('the address of the sign-in page carries what is wished', () => {
    expect(signInAddress({ returnTo: '//evil.example' })).toBe('/sign-in?return_to=%2Faccount');
    expect(
      signInAddress({
        returnTo: '/interaction/x',
        again: true,
        secondFactor: true,
        loginHint: 'a@b.example',
      }),
    ).toBe('/sign-in?return_to=%2Finteraction%2Fx&again=1&second_factor=1&login_hint=a%40b.example');
  });
});
