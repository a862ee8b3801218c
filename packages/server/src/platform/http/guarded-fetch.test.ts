import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createAddressCheck,
  createGuardedFetch,
  type GuardedFetchOptions,
  OutboundError,
} from './guarded-fetch.ts';
import { isPublicAddress, namedHosts, plainAddress } from './public-address.ts';

const servers: Server[] = [];

async function serve(answer: RequestListener, host = '127.0.0.1'): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, host, done));
  return (server.address() as AddressInfo).port;
}

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return 'answered';
  expect(error).toBeInstanceOf(OutboundError);
  return (error as OutboundError).code;
};

const named = (options: Partial<GuardedFetchOptions> = {}) =>
  createGuardedFetch({ allow: ['127.0.0.0/8'], ...options });

describe('addresses that are not of the public internet', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:7f00:1',
    '64:ff9b::7f00:1',
    '::127.0.0.1',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2001:db8::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2002:7f00:1::',
    'localhost',
    '',
  ])('%s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '100.63.255.255', '172.32.0.1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2606:4700::1'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it('an IPv4 address is judged alike however IPv6 wraps it', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(plainAddress(`::ffff:${address}`)).toBe(address);
        expect(isPublicAddress(`::ffff:${address}`)).toBe(isPublicAddress(address));
        expect(isPublicAddress(`64:ff9b::${address}`)).toBe(isPublicAddress(address));
      }),
    );
  });

  it('hosts and networks are named exactly', () => {
    const hosts = namedHosts(['idp.internal', '10.0.0.7', 'fd00:1::/64']);
    expect(hosts.hasHost('IDP.internal')).toBe(true);
    expect(hosts.hasHost('evil.idp.internal')).toBe(false);
    expect(hosts.hasAddress('::ffff:10.0.0.7')).toBe(true);
    expect(hosts.hasAddress('10.0.0.8')).toBe(false);
    expect(hosts.hasAddress('fd00:1::9')).toBe(true);
    expect(hosts.hasAddress('fd00:2::9')).toBe(false);
  });
});

describe('a guarded fetch', () => {
  it('refuses every spelling of a private address before anything is connected', async () => {
    let asked = 0;
    const port = await serve((_, response) => {
      asked++;
      response.end('reached');
    });
    const fetch = createGuardedFetch({ allow: [] });
    for (const host of [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f.0.0.1',
      '0177.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
      'localhost',
      'localhost.',
    ])
      expect(await codeOf(fetch(`https://${host}:${port}/`)), host).toBe('address_refused');
    expect(await codeOf(fetch('https://169.254.169.254/latest/meta-data'))).toBe('address_refused');
    expect(asked).toBe(0);
  });

  it('reaches what the operator named, by network, address or host, and sends what it was given', async () => {
    const port = await serve((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        response.setHeader('set-cookie', ['a=1', 'b=2']);
        response.end(
          JSON.stringify({
            method: request.method,
            headers: request.headers,
            body: Buffer.concat(parts).toString(),
          }),
        );
      });
    });
    const answer = await named()(`http://127.0.0.1:${port}/x`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ a: 'b c' }),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await answer.json()).toMatchObject({
      method: 'POST',
      body: 'a=b+c',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      },
    });
    const byHost = createGuardedFetch({
      allow: ['idp.internal'],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    expect((await byHost(`http://idp.internal:${port}/`)).status).toBe(200);
    expect(await codeOf(byHost(`https://other.internal:${port}/`))).toBe('address_refused');
  });

  it('speaks TLS only, except with named hosts', async () => {
    const fetch = createGuardedFetch({ allow: [], resolve: async () => [{ address: '8.8.8.8', family: 4 }] });
    expect(await codeOf(fetch('http://public.example/'))).toBe('scheme_refused');
    for (const address of ['ftp://public.example/', 'file:///etc/passwd', 'data:text/plain,x'])
      expect(await codeOf(fetch(address)), address).toBe('scheme_refused');
    expect(await codeOf(fetch('https://user:secret@public.example/'))).toBe('address_refused');
  });

  it('a certificate that nobody vouches for, or no TLS at all, is no answer', async () => {
    const port = await serve((_, response) => void response.end('plain'));
    expect(await codeOf(named()(`https://127.0.0.1:${port}/`))).toBe('unreachable');
  });

  it('trusts no name of which one address is private', async () => {
    const fetch = createGuardedFetch({
      allow: [],
      resolve: async () => [
        { address: '8.8.8.8', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ],
    });
    expect(await codeOf(fetch('https://both.example/'))).toBe('address_refused');
  });

  it('connects to the address that was examined, although the name leads elsewhere a moment later (DNS rebinding)', async () => {
    const port = await serve((_, response) => void response.end('examined'));
    let asked = 0;
    const fetch = named({
      resolve: async () => {
        asked++;
        // A second look-up would lead to another host of this machine, where nothing answers.
        return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.9', family: 4 }];
      },
    });
    // The name exists nowhere: had the connection been left to look it up, there would be no answer.
    const answer = await fetch(`http://rebinding.invalid:${port}/`);
    expect(await answer.text()).toBe('examined');
    expect(asked).toBe(1);
  });

  it('follows no redirect', async () => {
    const port = await serve((_, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    });
    const answer = await named()(`http://127.0.0.1:${port}/`);
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('http://169.254.169.254/');
  });

  it('takes no more than its bytes, whether their number was announced or not', async () => {
    const announced = await serve((_, response) => void response.end('x'.repeat(70_000)));
    const chunked = await serve((_, response) => {
      for (let index = 0; index < 70; index++) response.write('x'.repeat(1000));
      response.end();
    });
    const exact = await serve((_, response) => void response.end('x'.repeat(64 * 1024)));
    expect(await codeOf(named()(`http://127.0.0.1:${announced}/`))).toBe('too_large');
    expect(await codeOf(named()(`http://127.0.0.1:${chunked}/`))).toBe('too_large');
    expect((await (await named()(`http://127.0.0.1:${exact}/`)).text()).length).toBe(64 * 1024);
  });

  it('refuses a compressed answer, which may grow', async () => {
    const port = await serve((_, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync('x'.repeat(1_000_000)));
    });
    expect(await codeOf(named()(`http://127.0.0.1:${port}/`))).toBe('encoding_refused');
  });

  it('waits no longer than its time: for a name, for the first byte, and for the last', async () => {
    const silent = await serve(() => {});
    const dripping = await serve((_, response) => {
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    });
    const fetch = named({ timeoutMs: 200 });
    expect(await codeOf(fetch(`http://127.0.0.1:${silent}/`))).toBe('too_slow');
    expect(await codeOf(fetch(`http://127.0.0.1:${dripping}/`))).toBe('too_slow');
    const nameless = named({ timeoutMs: 200, resolve: () => new Promise(() => {}) });
    expect(await codeOf(nameless('https://slow.example/'))).toBe('too_slow');
  });

  it('says that nobody is there, and ends when its caller does', async () => {
    const port = await serve(() => {});
    expect(await codeOf(named({ resolve: async () => [] })('https://empty.example/'))).toBe('unreachable');
    expect(await codeOf(named()('http://127.0.0.1:1/'))).toBe('unreachable');
    const caller = new AbortController();
    const asking = named()(`http://127.0.0.1:${port}/`, { signal: caller.signal });
    setTimeout(() => caller.abort(), 50);
    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('an address is judged where it is written down, without looking anything up', () => {
  it.each([
    [
      'http://orders.example.com',
      [],
      /orders\.example\.com is asked by https:\/\/ only; the setting OUTBOUND_ALLOW/,
    ],
    ['http://10.1.2.3:4000', [], /10\.1\.2\.3 is asked by https/],
    ['http://localhost:4000', ['10.0.0.0/8'], /localhost is asked by https/],
    ['https://10.1.2.3', [], /10\.1\.2\.3 is not a public address; the setting OUTBOUND_ALLOW/],
    ['https://[::1]', [], /::1 is not a public address/],
    ['https://localhost', [], /localhost is not a public address/],
    ['https://orders.example.com', [], undefined],
    ['https://203.0.114.1', [], undefined],
    ['http://orders.example.com', ['orders.example.com'], undefined],
    ['http://10.1.2.3:4000', ['10.0.0.0/8'], undefined],
    ['https://localhost', ['127.0.0.1'], undefined],
    // Where the name leads decides, and that is not known yet.
    ['http://orders.internal', ['10.0.0.0/8'], undefined],
  ] as const)('%s with %j', (address, allow, expected) => {
    const problem = createAddressCheck(allow)(address);
    if (expected) expect(problem).toMatch(expected);
    else expect(problem).toBeUndefined();
  });

  it('and the fetch itself says the same of what it refuses', async () => {
    const fetch = createGuardedFetch({
      allow: [],
      resolve: async () => [{ address: '203.0.114.1', family: 4 }],
    });
    await expect(fetch('http://orders.example.com')).rejects.toThrow(
      createAddressCheck([])('http://orders.example.com'),
    );
  });
});
