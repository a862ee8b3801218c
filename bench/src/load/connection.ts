import { connect, type Socket } from 'node:net';

/** Where load goes. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** One keep-alive connection with one request under way at a time. */
export interface Connection {
  /** Sends a whole HTTP/1.1 request; `done` hears whether the answer was a success. */
  send(request: Buffer, done: (succeeded: boolean) => void): void;
  close(): void;
}

const endOfHead = Buffer.from('\r\n\r\n');
const lengthHeader = /\r\ncontent-length: (\d+)/i;

/**
 * Opens a connection that costs the generator little: a client that is slower than the server under test would measure itself.
 *
 * @param mustContain text that the body of every good answer has; a status alone does not say that the work was done
 * @param localAddress another loopback address to come from, where the server counts by address
 */
export function openConnection(
  target: Target,
  options: { readonly mustContain?: string | undefined; readonly localAddress?: string | undefined } = {},
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({
      ...target,
      ...(options.localAddress ? { localAddress: options.localAddress } : {}),
    });
    const expected = options.mustContain === undefined ? undefined : Buffer.from(options.mustContain);
    let done: ((succeeded: boolean) => void) | undefined;
    let pending: Buffer | undefined;

    const finish = (succeeded: boolean): void => {
      const finished = done;
      done = undefined;
      pending = undefined;
      finished?.(succeeded);
    };
    const read = (chunk: Buffer): void => {
      const bytes = pending ? Buffer.concat([pending, chunk]) : chunk;
      const headEnd = bytes.indexOf(endOfHead);
      const length = headEnd < 0 ? undefined : lengthHeader.exec(bytes.toString('latin1', 0, headEnd))?.[1];
      const whole = headEnd >= 0 && bytes.length >= headEnd + 4 + Number(length ?? 0);
      // "HTTP/1.1 2": the status begins with 2.
      if (!whole) pending = bytes;
      else
        finish(
          length !== undefined && bytes[9] === 0x32 && (expected === undefined || bytes.includes(expected)),
        );
    };
    socket.setNoDelay(true);
    socket.on('data', read);
    socket.on('close', () => finish(false));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.on('error', () => {}); // `close` follows, and ends the request under way.
      resolve({
        send(request, whenDone) {
          done = whenDone;
          if (socket.destroyed) return finish(false);
          socket.write(request);
        },
        close: () => socket.destroy(),
      });
    });
  });
}

/** Writes a form that is posted, in full. */
export function writeForm(
  path: string,
  target: Target,
  headers: Readonly<Record<string, string>>,
  form: Readonly<Record<string, string>>,
): Buffer {
  const payload = new URLSearchParams(form).toString();
  const all = {
    host: `${target.host}:${target.port}`,
    ...headers,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(payload.length),
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n${payload}`);
}

/** Writes a request in full. */
export function writeRequest(
  method: string,
  path: string,
  target: Target,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): Buffer {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const all = {
    host: `${target.host}:${target.port}`,
    ...headers,
    ...(payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n${payload ?? ''}`);
}
