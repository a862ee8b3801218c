import type { Castellan } from '@castellan/sdk';
import { castellanGuards, principalOf } from '@castellan/sdk/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { administer } from './admin.ts';
import { customerRoutes } from './customers/routes.ts';
import type { Database } from './database/connect.ts';
import { orderRoutes } from './orders/routes.ts';
import { builtPage, servePage } from './page.ts';
import { answerProblems } from './problems.ts';
import { type ClientSettings, createCastellanClient } from './sign-in/castellan-client.ts';
import { signInRoutes } from './sign-in/routes.ts';

/** What the product is made of. */
export interface OrdersParts {
  readonly castellan: Castellan;
  readonly database: Database;
  /** This product as an OAuth client; without it people sign in by password alone. */
  readonly oauth?: Omit<ClientSettings, 'issuer'>;
  /** Folder of the built page. */
  readonly page?: string;
  /** `silent` in tests. */
  readonly logLevel?: string;
}

/** Composes the product; nothing listens yet. */
export function createOrdersApp({
  castellan,
  database,
  oauth,
  page = builtPage,
  logLevel = 'info',
}: OrdersParts): FastifyInstance {
  const app = Fastify({
    // Fastify's own serializer logs method, address and host, and no header.
    logger: { level: logLevel },
    bodyLimit: 64 * 1024,
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    forceCloseConnections: 'idle',
  });
  answerProblems(app);
  const guards = castellanGuards(app, castellan);
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
  administer(app, castellan, database);
  const { issuer, service } = castellan;
  servePage(app, page, { issuer, service, signIn: oauth ? 'castellan' : 'password' });
  return app;
}
