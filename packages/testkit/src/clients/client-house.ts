import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  clientSecretsCreate,
  clientsCreate,
  type RouteBody,
  servicesList,
  servicesUpdate,
} from '@castellan/contract';
import { freePort } from '../house.ts';
import { createTestPlatform, type TestPerson, type TestPlatform } from '../platform.ts';
import { createPageWalker, type PageWalker, type WalkEnd } from './page-walker.ts';

/** A client as an administrator registered it. */
export interface RegisteredClient {
  readonly id: string;
  readonly clientId: string;
  /** Empty for a client that has none. */
  readonly secret: string;
}

/** Somebody with a browser of their own, who reads pages and fills in forms. */
export interface PersonAtBrowser extends Omit<PageWalker, 'walk'> {
  readonly person: TestPerson;
  /** Goes to an address, signs in and agrees where asked, until the platform is left. @throws where a page is reached instead */
  authorize(
    address: string | URL,
    facts?: { readonly decision?: 'allow' | 'refuse'; readonly without?: readonly string[] },
  ): Promise<URL>;
  /** The same, to wherever it leads. */
  visit(address: string | URL, facts?: { readonly decision?: 'allow' | 'refuse' }): Promise<WalkEnd>;
}

/** A platform on a real port, its clients registered by its admin API, its people at its pages. */
export interface ClientHouse extends TestPlatform {
  readonly issuer: string;
  /** Registers a client of a service, by the admin API; the service is made when it is not there. */
  register(
    settings: Partial<RouteBody<typeof clientsCreate>> & { readonly service?: string },
  ): Promise<RegisteredClient>;
  /** Names the address that a service's tokens are for (RFC 8707). */
  setResource(service: string, resourceUri: string): Promise<void>;
  atBrowser(person?: TestPerson): Promise<PersonAtBrowser>;
}

/** Starts it. */
export async function createClientHouse(
  settings: Readonly<Record<string, string>> = {},
): Promise<ClientHouse> {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const house = await createTestPlatform({
    settings: { PUBLIC_URL: issuer, OUTBOUND_ALLOW: 'localhost,127.0.0.1,::1', ...settings },
  });
  await house.platform.publicListener.listen({ port, host: 'localhost' });
  const administrator = await house.administrator();

  const serviceId = async (name: string): Promise<string> => {
    const find = async () =>
      (await administrator.call(servicesList, { query: { pageSize: 100 } })).result.items.find(
        (one) => one.name === name,
      );
    if (!(await find())) await house.service(name);
    return (await find())!.id;
  };

  return {
    ...house,
    issuer,
    async register({ service = 'orders', ...given }) {
      const id = await serviceId(service);
      const made = await administrator.call(clientsCreate, {
        params: { id },
        body: { name: 'A real client', ...given },
      });
      const takesSecret = made.result.tokenEndpointAuthMethod.startsWith('client_secret');
      const secret = takesSecret
        ? (await administrator.call(clientSecretsCreate, { params: { id, cid: made.result.id }, body: {} }))
            .result.secret
        : '';
      return { id: made.result.id, clientId: made.result.clientId, secret };
    },
    async setResource(service, resourceUri) {
      await administrator.call(servicesUpdate, {
        params: { id: await serviceId(service) },
        body: { resourceUri },
      });
    },
    async atBrowser(given) {
      const person = given ?? (await house.person({ name: 'Mara Mole' }));
      const walker = createPageWalker(issuer);
      return {
        person,
        fetch: walker.fetch,
        visit: (address, facts = {}) => walker.walk(address, { ...person, ...facts }),
        async authorize(address, facts = {}) {
          const end = await walker.walk(address, { ...person, ...facts });
          if (end.status !== 0)
            throw new Error(`${address} ended at ${end.url} with ${end.status}: ${end.text.slice(0, 1500)}`);
          return end.url;
        },
      };
    },
  };
}

/** A site of somebody's own on a free port of loopback. */
export async function serveSite(
  answer: (
    path: string,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ) => {
    readonly status?: number;
    readonly type?: string;
    readonly headers?: Record<string, string>;
    readonly body: string;
  },
): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const {
      status = 200,
      type = 'application/json',
      headers = {},
      body,
    } = answer(request.url ?? '/', request.headers);
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
