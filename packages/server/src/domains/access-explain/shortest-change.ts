import { type AccessFacts, type AccessRequest, decide } from '../access/decide.ts';

/** What would be true after some changes. */
export interface Situation {
  readonly facts: AccessFacts;
  /** Whether one of the changes creates a role with the action. */
  readonly roleCreated: boolean;
}

/** One thing that could be done about a no. */
export interface Move<Change> {
  readonly change: Change;
  /** What it gives beyond what is asked for; of two ways of the same length the one that gives less is proposed. */
  readonly excess: number;
  /** What is true once it is done; `null` where it can't be done, or would do nothing. */
  readonly apply: (situation: Situation) => Situation | null;
}

interface Way<Change> {
  readonly situation: Situation;
  readonly changes: readonly Change[];
  readonly excess: number;
  /** Moves from here on are still free: each is made once, in the order in which they are given. */
  readonly next: number;
}

/**
 * The fewest moves after which `decide` says yes, in their order; `null` when none do. Because fewer would not do, each
 * of them is needed.
 */
export function findShortestChange<Change>(
  facts: AccessFacts,
  request: AccessRequest,
  moves: readonly Move<Change>[],
): readonly Change[] | null {
  let ways: readonly Way<Change>[] = [
    { situation: { facts, roleCreated: false }, changes: [], excess: 0, next: 0 },
  ];
  while (ways.length > 0) {
    const [best] = ways
      .filter(({ situation }) => decide(situation.facts, request).allowed)
      .sort((one, other) => one.excess - other.excess);
    if (best) return best.changes;
    ways = ways.flatMap((way) => furtherWays(way, moves));
  }
  return null;
}

function furtherWays<Change>(way: Way<Change>, moves: readonly Move<Change>[]): Way<Change>[] {
  return moves.slice(way.next).flatMap((move, index) => {
    const situation = move.apply(way.situation);
    if (situation === null) return [];
    const next = way.next + index + 1;
    return [{ situation, changes: [...way.changes, move.change], excess: way.excess + move.excess, next }];
  });
}
