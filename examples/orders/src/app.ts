import { impersonationLogFields } from '@castellan/admin';
import type { Castellan } from '@castellan/sdk';
import { castellanGuards, principalOf } from '@castellan/sdk/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { type ActingParts, createActors } from './acting/actors.ts';
import { actingGuards } from './acting/guards.ts';
import { actingRoutes } from './acting/routes.ts';
import { administer } from './admin.ts';
import { customerRoutes } from './customers/routes.ts';
import type { Database } from './database/connect.ts';
import { orderRoutes } from './orders/routes.ts';
import { builtPage, servePage } from './page.ts';
import { meetPeople } from './people/meet.ts';
import { answerProblems } from './problems.ts';
import { type ClientSettings, createCastellanClient } from './sign-in/castellan-client.ts';
import { signInRoutes } from './sign-in/routes.ts';

/** What the product is made of. */
export interface OrdersParts {
  readonly castellan: Castellan;
  readonly database: Database;
  /** This product as an OAuth client; without it people sign in by password alone. */
  readonly oauth?: Omit<ClientSettings, 'issuer'>;
  /** What lets operators act as people; without it nobody can. */
  readonly acting?: ActingParts;
  /** Folder of the built page. */
  readonly page?: string;
  /** `silent` in tests. */
  readonly logLevel?: string;
  /** Where lines of the log go; to standard output unless told. */
  readonly logTo?: { write(line: string): void };
}

/** Composes the product; nothing listens yet. */
export function createOrdersApp({
  castellan,
  database,
  oauth,
  acting,
  page: folder = builtPage,
  logLevel = 'info',
  logTo,
}: OrdersParts): FastifyInstance {
  const app = Fastify({
    // Fastify's own serializer logs method, address and host, and no header.
    logger: { level: logLevel, mixin: impersonationLogFields, ...(logTo ? { stream: logTo } : {}) },
    bodyLimit: 64 * 1024,
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    forceCloseConnections: 'idle',
  });
  answerProblems(app);
  const guards = actingGuards(app, { guards: castellanGuards(app, castellan), castellan, database });
  meetPeople(app, castellan, database);
  app.get('/healthz', { logLevel: 'warn' }, () => ({ status: 'ok' }));
  app.get('/api/me', { onRequest: guards.requireUser() }, (request) => {
    const me = principalOf(request);
    return {
      user_id: me.userId,
      email: me.email,
      name: me.name,
      workspace_id: me.workspaceId,
      workspace_slug: me.workspaceSlug,
      workspace_role: me.workspaceRole,
    };
  });
  customerRoutes(app, guards, database);
  orderRoutes(app, { guards, database, castellan });
  if (oauth)
    signInRoutes(app, {
      client: createCastellanClient({ ...oauth, issuer: castellan.issuer }),
      castellan,
      ownUrl: oauth.ownUrl,
      secret: oauth.clientSecret,
    });
  const actors = acting && createActors(castellan, acting);
  administer(app, castellan, database, actors);
  const { issuer, service } = castellan;
  const page = servePage(app, folder, { issuer, service, signIn: oauth ? 'castellan' : 'password' });
  if (acting && actors) actingRoutes(app, { ...acting, actors, castellan, database, page });
  return app;
}
