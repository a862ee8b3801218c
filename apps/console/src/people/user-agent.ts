const browsers = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;
const systems = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const;

/** "Firefox on Windows", for people to recognise their device; the whole text where neither is known. */
export function describeUserAgent(text: string | null): string {
  if (!text) return 'Unknown device';
  const browser = browsers.find(([mark]) => text.includes(mark))?.[1];
  const system = systems.find(([mark]) => text.includes(mark))?.[1];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? text.split(/[ /]/)[0] ?? text;
}
