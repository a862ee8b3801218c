import { BlockList, isIP } from 'node:net';

/** IPv4 networks that are not of the public internet (IANA IPv4 Special-Purpose Address Registry, RFC 6890). */
const specialIpv4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // behind a carrier's NAT (RFC 6598)
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local; clouds serve their machines' credentials there
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // relays of 6to4, withdrawn
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/** Inside 2000::/3, the only block of IPv6 that is given out, these are not of the public internet. */
const specialIpv6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // protocol assignments: Teredo, ORCHID, benchmarks
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: carries any IPv4 address
  ['3fff::', 20], // documentation
];

const notPublicIpv4 = listOf('ipv4', specialIpv4);
const notPublicIpv6 = listOf('ipv6', specialIpv6);
const globalIpv6 = listOf('ipv6', [['2000::', 3]]);

function listOf(family: 'ipv4' | 'ipv6', networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, family);
  return list;
}

/**
 * The address that traffic really goes to: an IPv4 address written as IPv6, mapped (`::ffff:10.0.0.1`, RFC 4291 §2.5.5.2) or
 * behind a NAT64 (`64:ff9b::10.0.0.1`, RFC 6052), becomes that IPv4 address; every other stays as it is.
 * @param address without brackets or zone
 */
export function plainAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  // The URL parser writes every spelling of an IPv6 address the same way (RFC 5952).
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const inside = /^(?:::ffff|64:ff9b:):([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (!inside) return canonical;
  const [high, low] = [Number.parseInt(inside[1]!, 16), Number.parseInt(inside[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * Whether an address is of the public internet: neither private, loopback, link-local, unique local, of a carrier's NAT,
 * documentation, multicast nor reserved, in whichever spelling.
 * @param address IPv4 or IPv6, without brackets or zone; anything else is not public
 */
export function isPublicAddress(address: string): boolean {
  const plain = plainAddress(address);
  switch (isIP(plain)) {
    case 4:
      return !notPublicIpv4.check(plain, 'ipv4');
    case 6:
      return globalIpv6.check(plain, 'ipv6') && !notPublicIpv6.check(plain, 'ipv6');
    default:
      return false;
  }
}

/** Hosts and networks that an operator named. */
export interface NamedHosts {
  /** @param host name or address, as a URL writes it without brackets */
  readonly hasHost: (host: string) => boolean;
  readonly hasAddress: (address: string) => boolean;
}

/** @param entries host names, addresses and networks (`idp.internal`, `10.0.0.7`, `fd00:1::/64`), checked by the settings */
export function namedHosts(entries: readonly string[]): NamedHosts {
  const names = new Set<string>();
  const networks = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const version = isIP(address);
    if (version === 0) names.add(entry.toLowerCase());
    else if (prefix === undefined) networks.addAddress(address, version === 4 ? 'ipv4' : 'ipv6');
    else networks.addSubnet(address, Number(prefix), version === 4 ? 'ipv4' : 'ipv6');
  }
  return {
    hasHost: (host) => names.has(host.toLowerCase()),
    hasAddress: (address) => {
      const plain = plainAddress(address);
      return networks.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
    },
  };
}
