import type { AccessHouse, AskingService } from './access-house.ts';

/** What came back of AuthZEN. */
export interface AuthzenAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of a protocol, looked at by what each test expects.
  readonly body: any;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
}

/** Asks as any policy enforcement point does: by address and JSON, and nothing of ours. */
export function authzenCaller(house: AccessHouse, service: AskingService) {
  return async (
    path: 'evaluation' | 'evaluations' | 'search/subject' | 'search/resource' | 'search/action',
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<AuthzenAnswer> => {
    const response = await house.platform.publicListener.inject({
      method: 'POST',
      url: `/access/v1/${path}`,
      headers: { authorization: `Bearer ${service.key}`, 'content-type': 'application/json', ...headers },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {
      status: response.statusCode,
      body: response.body === '' ? undefined : response.json(),
      headers: response.headers,
    };
  };
}
