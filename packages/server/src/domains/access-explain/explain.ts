import type { accessExplain, Explanation, RouteBody } from '@castellan/contract';
import type { Pool } from 'pg';
import { decide } from '../access/decide.ts';
import { possibleMoves } from './possible-moves.ts';
import { readQuestion } from './read-question.ts';
import { findShortestChange } from './shortest-change.ts';
import { readSnapshot } from './snapshot.ts';
import { decisionText } from './words.ts';

const timeoutMs = 5000;

/**
 * The decision about one person, with its path in words, or with the fewest changes that would turn it (P11, B3).
 * @throws Refusal `not_found`, `service_unknown`, `action_unknown`, `resource_type_unknown`, `validation_failed`
 */
export function explain(pool: Pool, asked: RouteBody<typeof accessExplain>): Promise<Explanation> {
  return readSnapshot(pool, { timeoutMs }, async (snapshot) => {
    const question = await readQuestion(snapshot, asked);
    const decision = decide(question.facts, question.request);
    const moves = decision.allowed ? [] : await possibleMoves(snapshot.db, question);
    return {
      allowed: decision.allowed,
      path: [...decision.path],
      missing: [...decision.missing],
      text: decisionText(question, decision),
      changes: [...(findShortestChange(question.facts, question.request, moves) ?? [])],
    };
  });
}
