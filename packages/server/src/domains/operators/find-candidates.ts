import type { UserState } from '@castellan/contract';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';
import { wordsBegin } from '../../platform/http/keyset.ts';
import type { Sight } from './list-operators.ts';

/** Somebody who can be given a role. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly state: UserState;
}

const shownAtMost = 20;
/** Matches that are ordered by name; a broader search shows some of them. */
const orderedAtMost = 500;

/**
 * People to give a role to. Who administers searches all by the beginnings of words; who owns a service must know the whole
 * e-mail, so that the right to let somebody in is no right to read the list of people.
 */
export async function findCandidates(
  db: Queryable,
  sight: Sight,
  search: string | undefined,
): Promise<Candidate[]> {
  const text = search?.trim().toLowerCase() ?? '';
  const condition =
    sight.serviceIds === null ? wordsBegin(sql`u.search_words`, text) : text && sql`u.email = ${text}`;
  if (!condition) return [];
  return rowsOf<Candidate>(
    db,
    sql`WITH found AS MATERIALIZED (
          SELECT u.id, u.name, u.name_key, u.email, u.state FROM users u
          WHERE ${condition} AND u.state <> 'deactivated' LIMIT ${orderedAtMost}
        ) SELECT id, name, email, state FROM found ORDER BY name_key, id LIMIT ${shownAtMost}`,
  );
}
