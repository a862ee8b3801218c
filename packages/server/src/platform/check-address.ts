import { isIPv4 } from 'node:net';

/** Whether an address leads to the machine that it is opened on (RFC 8252 §7.3); `localhost` counts, as browsers treat it so. */
export function isLoopbackAddress(url: URL): boolean {
  const { hostname } = url;
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'))
  );
}

/** What an address of the web must be, besides absolute and written as browsers write it. */
export interface AddressRule {
  /** `http` is taken for loopback addresses. */
  readonly loopback: boolean;
}

/**
 * What is wrong with an `https` address, in words for who typed it; `undefined` when nothing is. Addresses are compared
 * as text (RFC 6749 §3.1.2.3, RFC 9700 §2.1), so that one which a browser would write otherwise could never match.
 */
export function problemOfAddress(text: string, { loopback }: AddressRule): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^[a-z][a-z0-9+.-]*:/i.test(text))
    return `“${text}” is not an absolute address; write it with its scheme, such as https://app.example.com/callback`;
  const general = problemOfText(text, url);
  if (general) return general;
  if (url.protocol === 'https:') return undefined;
  if (url.protocol !== 'http:') return `“${text}” must begin with https://`;
  if (!loopback) return `“${text}” must begin with https://`;
  return isLoopbackAddress(url)
    ? undefined
    : `“${text}” must begin with https://; http:// is for localhost, 127.0.0.1 and [::1] alone`;
}

/**
 * What is wrong with an address that codes are sent back to (P18), in words; `undefined` when nothing is.
 * Sites: `https`, or `http` on loopback. Apps also: a scheme of their own that holds a dot (RFC 8252 §7.1).
 */
export function problemOfRedirect(text: string, applicationType: 'web' | 'native'): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || /^https?:$/.test(url.protocol)) return problemOfAddress(text, { loopback: true });
  const general = problemOfText(text, url);
  if (general) return general;
  if (applicationType === 'web')
    return `“${text}” must begin with https://; a scheme of its own is for native applications`;
  return url.protocol.includes('.')
    ? undefined
    : `“${text}” has a scheme that anybody might use; turn a domain of yours around, such as com.example.app:/callback (RFC 8252)`;
}

function problemOfText(text: string, url: URL): string | undefined {
  if (text.includes('*'))
    return `“${text}” holds a wildcard; every address is compared exactly, so write each one`;
  if (text.includes('#')) return `“${text}” has a fragment; leave out # and what follows it`;
  if (url.username !== '' || url.password !== '') return `“${text}” has a user name in it; leave it out`;
  const bare = url.pathname === '/' && url.search === '' ? url.href.slice(0, -1) : undefined;
  if (text !== url.href && text !== bare)
    return `“${text}” is what browsers write as ${url.href}; write it so`;
  return undefined;
}
