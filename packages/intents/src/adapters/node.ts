import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** The web's request for one of Node: the same method, address, headers and body, which is read as it is needed. */
export function toWebRequest(
  {
    method = 'GET',
    headers,
    url = '/',
  }: {
    readonly method?: string | undefined;
    readonly headers: IncomingHttpHeaders;
    readonly url?: string | undefined;
  },
  body: IncomingMessage | Readable | undefined,
): Request {
  const list = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) list.append(name, one);
  const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD';
  return new Request(new URL(url, `http://${headers.host ?? 'localhost'}`), {
    method,
    headers: list,
    ...(hasBody ? { body: Readable.toWeb(body) as ReadableStream<Uint8Array>, duplex: 'half' } : {}),
  });
}
