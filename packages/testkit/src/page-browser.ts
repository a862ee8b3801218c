import type { TestPlatform } from './platform.ts';

/** What a page was answered with. */
export interface PageAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  /** Where it sends the browser, absolute; empty when nowhere. */
  readonly location: string;
}

/** A browser without scripts: it keeps cookies, as ports do not tell them apart, and asks the platform's two listeners. */
export interface PageBrowser {
  /** @param address a path of the public listener, or an absolute address of either */
  get(address: string, headers?: Readonly<Record<string, string>>): Promise<PageAnswer>;
  /** Sends a form as a page of the same listener does. */
  post(
    address: string,
    form?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<PageAnswer>;
  /** The cookies, to be looked at, taken from and added to. */
  readonly cookies: Map<string, string>;
}

/**
 * Opens a browser without scripts on a platform's pages.
 * @param language what it wishes for, in `Accept-Language`
 */
export function createPageBrowser(house: TestPlatform, language = 'en'): PageBrowser {
  const cookies = new Map<string, string>();
  const { PUBLIC_URL, ADMIN_URL } = house.settings;

  const ask = async (
    method: 'GET' | 'POST',
    address: string,
    payload: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<PageAnswer> => {
    const url = new URL(address, PUBLIC_URL);
    const app = url.origin === ADMIN_URL ? house.platform.adminListener : house.platform.publicListener;
    const response = await app.inject({
      method,
      url: url.pathname + url.search,
      headers: {
        accept: 'text/html',
        'accept-language': language,
        ...(cookies.size === 0
          ? {}
          : { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(payload === undefined
          ? {}
          : { 'content-type': 'application/x-www-form-urlencoded', origin: url.origin }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
    for (const line of [response.headers['set-cookie'] ?? []].flat()) {
      const [pair = '', ...attributes] = line.split(';');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      if (attributes.some((attribute) => attribute.trim() === 'Max-Age=0')) cookies.delete(name);
      else cookies.set(name, value);
    }
    const { location } = response.headers;
    return {
      status: response.statusCode,
      text: response.body,
      headers: response.headers,
      location: typeof location === 'string' ? new URL(location, url).href : '',
    };
  };

  return {
    cookies,
    get: (address, headers = {}) => ask('GET', address, undefined, headers),
    post: (address, form = {}, headers = {}) =>
      ask('POST', address, new URLSearchParams(form).toString(), headers),
  };
}
