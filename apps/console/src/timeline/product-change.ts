import type { ActivityEvent } from '@castellan/contract';

/** What became of a change that somebody asked of a product; `asked`: the events at hand don't say; `approval`: only that was asked for. */
export type ChangeOutcome =
  | 'approval'
  | 'asked'
  | 'done'
  | 'partly'
  | 'refused'
  | 'unknown'
  | 'never_sent'
  | 'not_made';

/** A change of a product's data, read out of the events that tell of it. */
export interface ProductChange {
  readonly product: { readonly id: string | null; readonly name: string };
  readonly model: string;
  /** As it is done to each row: `update`, `delete`, the product's own `refund`. */
  readonly action: string;
  /** The rows that are named: of many at once the first ten. */
  readonly rowIds: readonly string[];
  /** What the one row is called, where that is known. */
  readonly rowLabel: string | undefined;
  /** How many rows it is about; none for an action of the whole model. */
  readonly rows: number;
  /** Names only: the timeline holds no values of products. */
  readonly fields: readonly string[];
  readonly outcome: ChangeOutcome;
  readonly done: number;
  readonly failed: number;
  readonly failures: readonly { readonly row: string; readonly code: string }[];
  /** The code of a refusal: the product's, or Castellan's own. */
  readonly code: string | undefined;
  /** Why Castellan itself refused it, in words. */
  readonly why: string | undefined;
  readonly approvalId: string | undefined;
  /** The role that it was asked with. */
  readonly role: string | undefined;
  /** What became of it was looked up afterwards. */
  readonly isLookedUp: boolean;
}

/** One line of the timeline: an event, and those of the same change that came before it. */
export interface TimelineItem {
  readonly event: ActivityEvent;
  readonly earlier: readonly ActivityEvent[];
}

const isIntent = ({ action }: ActivityEvent): boolean => action.startsWith('admin_intent_');

/**
 * Puts the events of one change together: it is asked for and answered under one correlation id, and both are one line where the
 * answer stands.
 * @param events newest first
 */
export function foldChanges(events: readonly ActivityEvent[]): readonly TimelineItem[] {
  const items: { event: ActivityEvent; earlier: ActivityEvent[] }[] = [];
  const places = new Map<string, number>();
  for (const event of events) {
    // Of several changes under one id, each is sent on under its own.
    const correlationId = textOf(event.detail.sent_as) ?? event.correlationId;
    const key = isIntent(event) && correlationId ? `${correlationId} ${event.target.id}` : event.id;
    const held = items[places.get(key) ?? items.length];
    if (!held) {
      places.set(key, items.length);
      items.push({ event, earlier: [] });
    } else if (held.event.action === 'admin_intent_sent') {
      held.earlier.unshift(held.event);
      held.event = event;
    } else held.earlier.push(event);
  }
  return items;
}

/** The change that events of one item tell of, or `undefined` where they tell of something else. */
export function readChange({ event, earlier }: TimelineItem): ProductChange | undefined {
  const detail: Readonly<Record<string, unknown>> = Object.assign(
    {},
    ...earlier.toReversed().map((one) => one.detail),
    event.detail,
  );
  const model = textOf(detail.model);
  const action = textOf(detail.bulk_action) ?? textOf(detail.action);
  const isApproval = event.action === 'approval_requested';
  const product = isApproval
    ? { id: textOf(detail.service_id) ?? null, name: event.service ?? '' }
    : { id: event.target.id, name: event.target.label };
  const tells = isIntent(event) || (event.action === 'mutation_refused' && event.target.kind === 'service');
  if (!(tells || (isApproval && product.id)) || !model || !action) return undefined;
  const row = textOf(detail.row);
  const rowIds = row === undefined ? textsOf(detail.row_ids) : [row];
  const [done, failed] = [countOf(detail.done) ?? 0, countOf(detail.failed) ?? 0];
  const failures = Array.isArray(detail.failures) ? detail.failures : [];
  return {
    product,
    model,
    action,
    rowIds,
    rowLabel: textOf(detail.row_label),
    rows: countOf(detail.rows) ?? rowIds.length,
    fields: textsOf(detail.fields),
    outcome: outcomeOf(event, detail.outcome, failed, detail.never_sent === true),
    done,
    failed,
    failures: failures.flatMap((failure: { readonly row?: unknown; readonly code?: unknown }) => {
      const id = textOf(failure.row);
      return id === undefined ? [] : [{ row: id, code: textOf(failure.code) ?? '' }];
    }),
    code: textOf(detail.code),
    why: textOf(detail.why),
    approvalId: isApproval ? (event.target.id ?? undefined) : textOf(detail.approval),
    role: textOf(detail.role),
    isLookedUp: event.action === 'admin_intent_reconciled',
  };
}

function outcomeOf(
  { action }: ActivityEvent,
  told: unknown,
  failed: number,
  isNeverSent: boolean,
): ChangeOutcome {
  switch (action) {
    case 'approval_requested':
      return 'approval';
    case 'admin_intent_sent':
      return 'asked';
    case 'admin_intent_done':
      return failed > 0 ? 'partly' : 'done';
    case 'admin_intent_reconciled':
      return told === 'done' ? 'done' : 'not_made';
    case 'admin_intent_failed':
      return isNeverSent ? 'never_sent' : 'unknown';
    default:
      return 'refused';
  }
}

const doneWords: Readonly<Record<string, readonly [done: string, todo: string]>> = {
  create: ['created', 'create'],
  update: ['edited', 'edit'],
  delete: ['deleted', 'delete'],
  undo: ['undid a change of', 'undo a change of'],
  list: ['listed', 'list'],
  read: ['read', 'read'],
};

const begun = { asked: 'asked', approval: 'asked for approval' } as const;

/** "edited", "tried to edit", "asked to edit"; an action of the product's own is "run": its name stands apart. */
export function verbOf({ action, outcome, done }: Pick<ProductChange, 'action' | 'outcome' | 'done'>): {
  readonly verb: string;
  readonly own: string | undefined;
} {
  const known = Object.hasOwn(doneWords, action) ? doneWords[action] : undefined;
  const [past, todo] = known ?? ['ran', 'run'];
  const wasMade = outcome === 'done' || (outcome === 'partly' && done > 0);
  const verb = wasMade ? past : `${begun[outcome as keyof typeof begun] ?? 'tried'} to ${todo}`;
  return { verb, own: known ? undefined : action };
}

/** What became of it, where the verb does not say so already. */
export function outcomeWords(change: ProductChange): string | undefined {
  const { outcome, done, failed, failures, code, product, isLookedUp } = change;
  switch (outcome) {
    case 'partly': {
      const codes = [...new Set(failures.flatMap((failure) => failure.code || []))].join(', ');
      return `${done.toLocaleString()} done, ${failed.toLocaleString()} not${codes && `: ${codes}`}`;
    }
    case 'refused':
      return `refused${change.why ? '' : ` by ${product.name}`}${code ? `: ${code}` : ''}`;
    case 'unknown':
      return `it is not known whether ${product.name} did it`;
    case 'never_sent':
      return `${product.name} was not reached; nothing was changed`;
    case 'not_made':
      return `looked up: ${product.name} did not do it`;
    case 'done':
      return isLookedUp ? 'looked up: it is done' : undefined;
    default:
      return undefined;
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const countOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
