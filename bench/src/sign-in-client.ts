import type { House } from './house.ts';
import type { ServerProcess } from './machine/server-process.ts';

async function post(
  server: ServerProcess['publicTarget'],
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const response = await fetch(`http://${server.host}:${server.port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} was refused with ${response.status}: ${await response.text()}`);
  return response;
}

/** Signs a person in to the service `bench`. @returns the access token */
export async function signInPerson(house: House, server: ServerProcess, index = 0): Promise<string> {
  const { email, password } = house.people[index]!;
  const response = await post(server.publicTarget, '/auth/login', { email, password, service: 'bench' });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** People whose tokens are asked about in turn. */
export const peopleInTurn = 16;

/** Signs the first {@link peopleInTurn} people in, one after another. @returns an access token of each */
export async function signInPeople(house: House, server: ServerProcess): Promise<string[]> {
  const tokens: string[] = [];
  for (let index = 0; index < peopleInTurn; index++) tokens.push(await signInPerson(house, server, index));
  return tokens;
}

/** Signs the administrator in. @returns the headers of a write in the console's name */
export async function signInAdministrator(
  house: House,
  server: ServerProcess,
): Promise<Readonly<Record<string, string>>> {
  const { host, port } = server.adminTarget;
  const headers = { origin: `http://${host}:${port}`, 'x-requested-with': 'castellan' };
  const response = await post(server.adminTarget, '/auth/admin/login', house.administrator, headers);
  return { ...headers, cookie: response.headers.getSetCookie()[0]!.split(';')[0]! };
}
