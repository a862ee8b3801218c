/** The server said no; `code` is of its error catalogue. */
export class Refused extends Error {
  readonly code: string | undefined;
  constructor(code: string | undefined) {
    super(code);
    this.name = 'Refused';
    this.code = code;
  }
}

/**
 * Sends JSON to a route of our own pages.
 * @throws Refused when the server refuses it
 */
export async function post<T>(path: string, body: object): Promise<T> {
  const response = await fetch(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-requested-with': 'castellan',
      accept: 'application/json',
    },
    body: JSON.stringify(body),
  });
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => ({}))) as { code?: string };
  throw new Refused(problem.code);
}
