import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';

/** One call that a product got, with the claims of the token that came with it. */
export interface ProductCallSeen {
  readonly command: string;
  readonly id: unknown;
  readonly payload: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
}

/** What a product answers: data, or a refusal. */
export type ProductAnswer =
  | { readonly data: unknown }
  | { readonly status: number; readonly error: { readonly code: string; readonly message: string } };

/** A product's admin surface, as far as impersonation asks it. */
export interface ActorProduct {
  readonly url: string;
  readonly seen: ProductCallSeen[];
  /** What it answers from now on. */
  answer: (call: ProductCallSeen) => ProductAnswer | Promise<ProductAnswer>;
  close(): Promise<void>;
}

/** Starts one on loopback. */
export async function createActorProduct(): Promise<ActorProduct> {
  const product: { -readonly [K in keyof ActorProduct]: ActorProduct[K] } = {
    url: '',
    seen: [],
    answer: () => ({ status: 404, error: { code: 'UNKNOWN_ACTION', message: 'There is no such action.' } }),
    close: () => new Promise((done) => server.close(() => done())),
  };
  const server = createServer(async (request, response) => {
    const intent = JSON.parse(await bodyOf(request)) as Omit<ProductCallSeen, 'claims'>;
    const claims = decodeJwt(request.headers.authorization!.slice('Bearer '.length));
    const call = { command: intent.command, id: intent.id, payload: intent.payload, claims };
    product.seen.push(call);
    const answer = await product.answer(call);
    const status = 'status' in answer ? answer.status : 200;
    const body = 'status' in answer ? { error: { ...answer.error, request_id: 'request-1' } } : answer;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  product.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return product;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
