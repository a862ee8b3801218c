import { IntentError } from './errors.ts';

/**
 * One call as a server has it, in the plainest form that every server can give: surfaces answer this, and the web's requests are
 * one way of making it.
 */
export interface PlainCall {
  readonly method: string;
  /** Where it was sent: the whole address, or the path and what follows it. */
  readonly url: string;
  /** A header's value, several of one name in one text; `null` where there is none. @param name in small letters */
  readonly header: (name: string) => string | null;
  /** The body's bytes; none where there is no body. Called once. @throws IntentError `PAYLOAD_TOO_LARGE` beyond so many, unread */
  readonly readBody: (mostBytes: number) => Promise<Uint8Array>;
  /** The same call as the web's request, made when it is first asked for. */
  readonly request: Request;
}

/** What a surface answers. */
export interface PlainAnswer {
  readonly status: number;
  /** By name in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The refusal of a body that is longer than it may be. */
export function tooLarge(mostBytes: number): IntentError {
  return new IntentError('PAYLOAD_TOO_LARGE', `A call may have ${mostBytes} bytes.`);
}

/** A call by the web's request. */
export function webCall(request: Request): PlainCall {
  return {
    method: request.method,
    url: request.url,
    header: (name) => request.headers.get(name),
    readBody: (mostBytes) => readStream(request.body, mostBytes),
    request,
  };
}

/** The answer as the web has it. */
export function toResponse({ body, status, headers }: PlainAnswer): Response {
  return new Response(body, { status, headers });
}

/** A surface's two doors, where what answers takes the web's requests only. */
export function overWeb(fetch: (request: Request) => Promise<Response>) {
  return {
    fetch,
    answer: async (call: PlainCall): Promise<PlainAnswer> => {
      const response = await fetch(call.request);
      const headers = Object.fromEntries(response.headers);
      return { status: response.status, headers, body: await response.text() };
    },
  };
}

async function readStream(stream: ReadableStream<Uint8Array> | null, mostBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (stream ?? []) as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > mostBytes) throw tooLarge(mostBytes);
    chunks.push(chunk);
  }
  const [only] = chunks;
  if (chunks.length === 1 && only) return only;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
