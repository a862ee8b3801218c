/**
 * Goes where a browser would, with the cookies of one host, until an address of another host is reached.
 *
 * @param address where to begin
 * @returns the first address on another host, which is not asked for
 * @throws when a page is reached instead: its status and the beginning of its text
 */
export async function followUntilElsewhere(address: string): Promise<string> {
  const { host } = new URL(address);
  const cookies = new Map<string, string>();
  let at = address;
  for (let steps = 0; steps < 15; steps++) {
    const response = await fetch(at, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]!.split(/=(.*)/s);
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (!location)
      throw new Error(`${at} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
    at = new URL(location, at).href;
    if (new URL(at).host !== host) return at;
  }
  throw new Error(`${address} leads round and round`);
}
