import { type Castellan, CastellanError, type LivePrincipal } from '@castellan/sdk';
import type { FastifyInstance } from 'fastify';
import type { Database } from '../database/connect.ts';
import { orderBookOf } from '../orders/order-books.ts';
import { rememberPlace } from '../orders/repository.ts';
import { placeOf } from '../workspace.ts';
import { rememberPerson } from './repository.ts';

/** How many are known by heart; then it begins anew. */
const mostKnown = 10_000;

/**
 * Notes who comes, and where: operators find people in the console who have done nothing yet. Written once in the life of the
 * process for each person in each workspace, and again when a name changes.
 */
export function meetPeople(app: FastifyInstance, castellan: Castellan, database: Database): void {
  const known = new Map<string, string>();
  app.addHook('preHandler', async (request) => {
    const { principal } = request;
    if (!principal?.workspaceId || principal.act || isKnown(known, principal)) return;
    const { userId, name, email } = principal;
    const place = placeOf(principal);
    await rememberPerson(database, { userId, name, email });
    await rememberPlace(database, place);
    try {
      await castellan.permissions.register([orderBookOf(place)]);
    } catch (error) {
      if (!(error instanceof CastellanError)) throw error;
      request.log.warn(
        { err: error },
        'Castellan could not be told of an order book; at the next call again',
      );
      return;
    }
    if (known.size >= mostKnown) known.clear();
    known.set(keyOf(principal), factsOf(principal));
  });
}

const keyOf = ({ userId, workspaceId }: LivePrincipal): string => `${userId} ${workspaceId}`;
const factsOf = ({ name, email, workspaceSlug }: LivePrincipal): string =>
  JSON.stringify([name, email, workspaceSlug]);
const isKnown = (known: ReadonlyMap<string, string>, principal: LivePrincipal): boolean =>
  known.get(keyOf(principal)) === factsOf(principal);
