/** better-auth on PostgreSQL, with our parameters of argon2id: the peer that keeps sessions in a database as we do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { hash, verify } from '@node-rs/argon2';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';

const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const options = {
  baseURL: process.env.PUBLIC_URL!,
  secret: process.env.KEY_ENCRYPTION_SECRET!,
  database: new pg.Pool({
    connectionString: process.env.DATABASE_URL!,
    max: 10,
    // Its tables lie beside ours, in a schema of their own.
    options: '-c search_path=better_auth',
  }),
  telemetry: { enabled: false },
  logger: { disabled: true },
  rateLimit: { enabled: false },
  // Every check reads the database, as ours does.
  session: { cookieCache: { enabled: false } },
  emailAndPassword: {
    enabled: true,
    password: {
      hash: (password: string) => hash(password, parameters),
      verify: ({ hash: stored, password }: { hash: string; password: string }) => verify(stored, password),
    },
  },
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);

/** Answers with the length of the body, which the load generator reads by. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const answered = await auth.handler(
    new Request(new URL(request.url!, options.baseURL), {
      method: request.method!,
      headers: Object.entries(request.headers).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]),
      ...(parts.length > 0 ? { body: Buffer.concat(parts) } : {}),
    }),
  );
  const body = Buffer.from(await answered.arrayBuffer());
  response.writeHead(answered.status, {
    ...Object.fromEntries(answered.headers),
    'set-cookie': answered.headers.getSetCookie(),
    'content-length': body.length,
  });
  response.end(body);
}

createServer((request, response) => {
  if (request.url === '/readyz') response.end('{}');
  else void answer(request, response);
}).listen(Number(process.env.PUBLIC_PORT), '127.0.0.1');
