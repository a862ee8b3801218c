/** better-auth on PostgreSQL, with our parameters of argon2id: the peer that keeps sessions in a database as we do. */
import { createServer } from 'node:http';
import { hash, verify } from '@node-rs/argon2';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
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
const handle = toNodeHandler(betterAuth(options));
createServer((request, response) => {
  if (request.url === '/readyz') return void response.end('{}');
  void handle(request, response);
}).listen(Number(process.env.PUBLIC_PORT), '127.0.0.1');
