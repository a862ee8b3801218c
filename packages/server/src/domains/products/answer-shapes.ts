import { z } from 'zod';
import type { SentIntent } from './intent-kinds.ts';

const row = z.record(z.string(), z.unknown());
const list = z.looseObject({
  items: z.array(row).max(1000),
  next_cursor: z.string().nullish(),
  total: z.looseObject({ count: z.number(), is_estimate: z.boolean() }).nullish(),
});
/** Digests of rows, which approvals keep. */
const version = z.string().regex(/^[\x20-\x7e]{1,500}$/);
const read = z.looseObject({ row, version });
const shapes: Readonly<Record<string, z.ZodType>> = {
  list,
  read,
  create: z.looseObject({ id: z.union([z.string(), z.number()]), row }),
  update: read,
  delete: z.looseObject({ deleted: z.literal(true) }),
  history: z.looseObject({ items: z.array(row), next_cursor: z.string().nullish() }),
  bulk_preview: z.looseObject({ rows: z.array(row) }),
  bulk_run: z.looseObject({ done: z.array(z.unknown()), failed: z.array(z.unknown()) }),
};

/** One page of a list, as products answer it. */
export type ListAnswer = z.output<typeof list>;

/** What is wrong with the data of an answer, or `undefined`: each usual action has its shape, custom ones have their own. */
export function shapeProblem(intent: SentIntent, data: unknown): string | undefined {
  const shape = shapes[intent.action === 'custom' ? (intent.command ?? '') : intent.action];
  const issue = shape?.safeParse(data).error?.issues[0];
  return (
    issue && `The answer is not that of ${intent.command ?? intent.action}, at “${issue.path.join('.')}”.`
  );
}
