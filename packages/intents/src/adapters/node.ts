import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { type PlainCall, tooLarge } from '../core/plain-call.ts';

/** What Node knows of a request before its body. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly url?: string | undefined;
}

/** A call as Node's server gives it. The web's request is made for those alone who ask for it. */
export function nodeCall(from: NodeRequest, body: Readable | undefined): PlainCall {
  return new NodeCall(from, body);
}

class NodeCall implements PlainCall {
  readonly method: string;
  readonly url: string;
  readonly #from: NodeRequest;
  readonly #body: Readable | undefined;
  #isRead = false;
  #request: Request | undefined;

  constructor(from: NodeRequest, body: Readable | undefined) {
    this.method = from.method ?? 'GET';
    this.url = from.url ?? '/';
    this.#from = from;
    this.#body = body;
  }

  header = (name: string): string | null => {
    const value = this.#from.headers[name];
    return typeof value === 'string' ? value : (value?.join(', ') ?? null);
  };

  readBody = (mostBytes: number): Promise<Uint8Array> => {
    this.#isRead = true;
    return readBytes(this.#body, mostBytes);
  };

  get request(): Request {
    this.#request ??= toWebRequest(this.#from, this.#isRead ? undefined : this.#body);
    return this.#request;
  }
}

const nothing = new Uint8Array();

/** Reads a stream to its end; one that is longer is left where it is. */
function readBytes(body: Readable | undefined, mostBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (body === undefined || body.readableEnded) {
      resolve(nothing);
      return;
    }
    if (body.destroyed) {
      reject(givenUp());
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    const read = (part: Buffer | string): void => {
      const chunk = typeof part === 'string' ? Buffer.from(part) : part;
      size += chunk.byteLength;
      if (size > mostBytes) {
        body.off('data', read).pause();
        reject(tooLarge(mostBytes));
      } else chunks.push(chunk);
    };
    body
      .on('data', read)
      .on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)))
      .on('error', reject)
      .on('close', () => {
        if (!body.readableEnded) reject(givenUp());
      });
  });
}

const givenUp = (): Error => new Error('The call was given up');

/** The web's request for one of Node: the same method, address, headers and body, which is read as it is needed. */
export function toWebRequest(
  { method = 'GET', headers, url = '/' }: NodeRequest,
  body: Readable | undefined,
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
