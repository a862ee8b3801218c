import { castellanActorTokens } from '@castellan/admin';
import { IntentService } from '@castellan/intents';
import type { Castellan } from '@castellan/sdk';
import { z } from 'zod';
import type { Queries } from '../database/connect.ts';
import { findPerson } from '../people/repository.ts';

/** What this product needs to let operators act as its people. */
export interface ActingParts {
  /** Where people reach this product. */
  readonly ownUrl: string;
  /** The key of the service: it trades tickets for sessions, and seals the cookie that keeps one. */
  readonly serviceKey: string;
}

/** Below this path operators act as people, each session under an address of its own. */
export const actingPath = '/act-as';

/** Sessions of operators, minted by Castellan: a person is known here by their id there. */
export function createActors({ issuer }: Castellan, { ownUrl, serviceKey }: ActingParts) {
  return castellanActorTokens<Queries>({
    issuer,
    serviceKey,
    startUrl: `${ownUrl}${actingPath}`,
    subjectOf: async ({ db, id }) => {
      const known = z.guid().safeParse(id);
      return known.success ? ((await findPerson(db, known.data))?.userId ?? null) : null;
    },
  });
}
export type Actors = ReturnType<typeof createActors>;

/** What operators can do with a person: begin a session as them, which Castellan lists and ends. */
export class PersonActions extends IntentService {
  readonly createActorToken: Actors['createActorToken'];

  constructor({ createActorToken }: Actors) {
    super();
    this.createActorToken = createActorToken;
  }
}
