import { isIPv6 } from 'node:net';
import type { AccountTexts } from './messages/account.ts';

/** Programs by what their `User-Agent` says (RFC 9110 §10.1.5), the more special before what they imitate. */
const programs: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?(?:iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\bHeadlessChrome\//, 'Chrome'],
  [/\b(?:Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/[\d.]+ (?:Mobile\/\w+ )?Safari\//, 'Safari'],
  [/^curl\//, 'curl'],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\b(?:Macintosh|Mac OS X)\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
];

const nameIn = (table: typeof programs, userAgent: string): string | undefined =>
  table.find(([pattern]) => pattern.test(userAgent))?.[1];

/**
 * A device in words, from its `User-Agent`: “Firefox on Linux”. What says neither is called by its first product name;
 * anybody can send any text, so nothing else of it is shown.
 */
export function deviceInWords(texts: AccountTexts, userAgent: string | null): string {
  if (!userAgent) return texts.unknownDevice;
  const program = nameIn(programs, userAgent);
  const system = nameIn(systems, userAgent);
  if (program && system) return texts.deviceOn(program, system);
  const product = /^[A-Za-z][\w.-]{0,39}(?=\/|$)/.exec(userAgent)?.[0];
  return program ?? system ?? (product && product !== 'Mozilla' ? product : texts.unknownDevice);
}

/** A place in words: its address, and what is known of it without asking anybody. */
export function placeInWords(texts: AccountTexts, address: string | null): string {
  if (!address) return texts.placeUnknown;
  const plain = address.replace(/^::ffff:/, '');
  if (/^127\.|^::1$/.test(plain)) return texts.placeHere;
  const isLocal = isIPv6(plain)
    ? /^f[cd]|^fe[89ab]/i.test(plain)
    : /^10\.|^192\.168\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(
        plain,
      );
  return isLocal ? texts.placeLocal(plain) : texts.sessionAddress(plain);
}
