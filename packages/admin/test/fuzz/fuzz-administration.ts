import fc from 'fast-check';
import type { AdministeredModel, Sort } from '../../src/models/administered.ts';
import type { WireValues } from '../../src/orm/adapter.ts';
import { formatKey, parseKey } from '../../src/query/index.ts';
import { readWireValue } from '../../src/query/wire-values.ts';
import { randomOf } from '../query/gadgets.ts';
import { matches, type SentFilter, sorted } from '../query/reference.ts';
import type { Answered } from '../shop/shop.ts';
import type { Bench } from '../warehouse/bench.ts';
import { type FuzzedWarehouse, needles, openFuzzedWarehouse, type Rows } from './fuzzed-warehouse.ts';
import type { SentIntent } from './intents.ts';
import { warehouseIntents } from './warehouse-intents.ts';

/** What came of the calls to one ORM on one database. */
export interface FuzzVerdict {
  readonly name: string;
  /** That were made up, or turn a page of one that was; what reads rows for the judge is not among them. */
  readonly calls: number;
  readonly answered: number;
  /** Lists whose rows, order and count were held against the rules; and pages that were turned. */
  readonly lists: number;
  readonly pages: number;
  readonly previews: number;
  /** Writes after which every other row was as before. */
  readonly writes: number;
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** What was not as it should be. */
  readonly complaints: readonly string[];
  readonly tookMs: number;
}

/** More rows than these are deleted again, so that each list can be held against all of them. */
const mostRows = 70;
const mostComplaints = 20;

/** Sends at least so many calls, and judges each answer. */
export async function fuzzAdministration(
  bench: Bench,
  { calls, seed = 1 }: { readonly calls: number; readonly seed?: number },
): Promise<FuzzVerdict> {
  const startedAt = performance.now();
  const world = await openFuzzedWarehouse(bench);
  try {
    const judge = new Judge(world, seed);
    await judge.readEverything();
    const intents = warehouseIntents(world.models);
    for (let round = 0; judge.calls < calls; round++) {
      for (const sent of fc.sample(intents, { numRuns: 100, seed: seed * 1000 + round })) {
        await judge.judgeCall(sent);
        if (judge.calls >= calls || judge.complaints.length >= mostComplaints) break;
      }
      await judge.judgeWhatIsHidden();
      if (judge.complaints.length >= mostComplaints) break;
    }
    const { answered, lists, pages, previews, writes, refused, complaints } = judge;
    const tookMs = Math.round(performance.now() - startedAt);
    const counts = { calls: judge.calls, answered, lists, pages, previews, writes };
    return { name: bench.name, ...counts, refused: Object.fromEntries(refused), complaints, tookMs };
  } finally {
    await world.close();
  }
}

class Judge {
  readonly #world: FuzzedWarehouse;
  readonly #random: () => number;
  readonly #before = new Map<string, Rows>();
  readonly complaints: string[] = [];
  readonly refused = new Map<string, number>();
  calls = 0;
  answered = 0;
  lists = 0;
  pages = 0;
  previews = 0;
  writes = 0;

  constructor(world: FuzzedWarehouse, seed: number) {
    this.#world = world;
    this.#random = randomOf(seed);
  }

  async readEverything(): Promise<void> {
    for (const name of this.#world.models.keys()) await this.#readAgain(name);
  }

  async judgeCall(sent: SentIntent): Promise<void> {
    this.calls += 1;
    const limit = 1 + Math.floor(this.#random() ** 2 * 60);
    const role = ['owner', 'owner', 'owner', 'owner', 'admin', 'support'][Math.floor(this.#random() * 6)];
    const filled = (await this.#world.filledIn(sent)) as SentIntent;
    const intent = filled.action === 'list' && !('limit' in filled) ? { ...filled, limit } : filled;
    const answer = await this.#ask(intent, role);
    if (answer.status !== 200) return;
    try {
      await this.#judgeAnswer(intent, answer);
    } catch (error) {
      this.#complain(error instanceof Error ? error.message : String(error), intent, answer);
    }
  }

  /** Nothing was written where nothing may be; and what is new holds something hidden from now on. */
  async judgeWhatIsHidden(): Promise<void> {
    const strange = await this.#world.plant();
    if (strange > 0) this.complaints.push(`${strange} redacted fields were written`);
  }

  /** What holds for every call: no failure, and nothing hidden in whatever is answered. */
  async #ask(intent: SentIntent, role = 'owner'): Promise<Answered> {
    const answer = await this.#world.ask(intent, role);
    if (answer.code === undefined) this.answered += 1;
    else this.refused.set(answer.code, (this.refused.get(answer.code) ?? 0) + 1);
    if (answer.status >= 500 || answer.text.includes('"INTERNAL"'))
      this.#complain('a failure of the server', intent, answer);
    if (needles.some((needle) => answer.text.includes(needle)))
      this.#complain('a redacted value is answered', intent, answer);
    if ((answer.status === 200) !== (answer.code === undefined))
      this.#complain('a status that does not go with its code', intent, answer);
    return answer;
  }

  async #judgeAnswer(intent: SentIntent, { data }: Answered): Promise<void> {
    const model = this.#world.models.get(String(intent.model));
    if (!model) throw new Error('an answer of no model');
    const { known } = this.#world;
    switch (intent.action === 'custom' ? intent.command : intent.action) {
      case 'list':
        return this.#judgeList(model, intent, data);
      case 'read': {
        const id = canonicalId(model, this.#world.bench, intent.id);
        return equal(data.row, known.rows.get(model.name)?.get(id), 'another row is read');
      }
      case 'history': {
        const ids = data.items.map(({ id }: { id: string }) => id);
        known.changes.set(model.name, [...ids, ...(known.changes.get(model.name) ?? [])].slice(0, 50));
        return;
      }
      case 'bulk_preview':
        return this.#judgePreview(model, payloadOf(intent), data);
      case 'bulk_run':
        return this.#judgeWrite(
          model,
          data.done.map(({ id }: { id: string }) => id),
        );
      case 'undo':
        return this.#judgeWrite(model, undefined);
      case 'create':
        return this.#judgeWrite(model, [data.id]);
      default:
        return this.#judgeWrite(model, [canonicalId(model, this.#world.bench, intent.id)]);
    }
  }

  /** Rows, their order, their values and their number, page after page and one page back. */
  async #judgeList(model: AdministeredModel, intent: SentIntent, data: ListData): Promise<void> {
    const sent = payloadOf(intent);
    const all = [...(this.#world.known.rows.get(model.name)?.values() ?? [])];
    const wanted = this.#rowsOf(model, all, sent);
    this.#judgeRows(model, data, wanted);
    // Another list's place is refused; a cursor of this very list goes on from wherever it was.
    if (typeof sent.cursor === 'string') return;
    this.lists += 1;
    const skip = (intent.skip as number | undefined) ?? 0;
    const limit = intent.limit as number;
    const ids = wanted.map((row) => String(formatKey(model, row)));
    equal(idsOf(model, data), ids.slice(skip, skip + limit), 'other rows, or in another order');
    if (data.total && !data.total.is_estimate) equal(data.total.count, ids.length, 'counted otherwise');
    let page = data;
    let from = skip;
    for (let turned = 0; page.next_cursor !== null && turned < 3; turned++) {
      const before = { ids: idsOf(model, page), from };
      from += before.ids.length;
      page = await this.#turn(intent, page.next_cursor);
      equal(idsOf(model, page), ids.slice(from, from + limit), 'the next page is another');
      this.#judgeRows(model, page, wanted);
      if (turned > 0 || page.previous_cursor === null) continue;
      const back = await this.#turn(intent, page.previous_cursor);
      equal(idsOf(model, back), ids.slice(Math.max(0, from - limit), from), 'the page before is another');
    }
    if (page.next_cursor === null)
      equal(from + page.items.length, Math.max(ids.length, skip), 'rows are missing at the end');
    const { cursors } = this.#world.known;
    cursors.push(...[data.next_cursor, page.previous_cursor].filter((one) => one !== null));
    if (cursors.length > 100) cursors.splice(0, 50);
  }

  async #turn(intent: SentIntent, cursor: string): Promise<ListData> {
    this.calls += 1;
    this.pages += 1;
    const { skip: _skip, ...rest } = intent;
    const answer = await this.#ask({ ...rest, payload: { ...payloadOf(intent), cursor } });
    if (answer.status !== 200) throw new Error(`a cursor is refused: ${answer.text}`);
    return answer.data;
  }

  /** Each row is one of those, with the values that it has. */
  #judgeRows(model: AdministeredModel, data: ListData, wanted: readonly WireValues[]): void {
    const byId = new Map(wanted.map((row) => [String(formatKey(model, row)), row]));
    const seen = new Set<string>();
    for (const item of data.items) {
      const id = String(formatKey(model, item));
      const row = byId.get(id);
      if (!row) throw new Error(`row ${id} is outside of the filter`);
      if (seen.has(id)) throw new Error(`row ${id} is there twice`);
      seen.add(id);
      for (const [field, value] of Object.entries(item)) {
        if (model.redacted.has(field)) throw new Error(`${field} is redacted`);
        equal(value, row[field], `row ${id} has another ${field}`);
      }
    }
  }

  #judgePreview(model: AdministeredModel, sent: Payload, data: PreviewData): void {
    this.previews += 1;
    const rows = this.#world.known.rows.get(model.name) ?? new Map();
    this.#world.known.previews.set(
      model.name,
      data.rows.map(({ id, version }) => ({ id, version })),
    );
    const ids = data.rows.map(({ id }) => id).sort();
    if (sent.ids === undefined) {
      const wanted = this.#rowsOf(model, [...rows.values()], sent);
      equal(ids, wanted.map((row) => String(formatKey(model, row))).sort(), 'a preview of other rows');
      equal(data.count, wanted.length, 'a preview that counts otherwise');
    } else if (!ids.every((id) => rows.has(id))) throw new Error('a preview of rows that are not there');
  }

  /** By the rules alone, which know nothing of SQL. */
  #rowsOf(model: AdministeredModel, all: readonly WireValues[], sent: Payload): readonly WireValues[] {
    const { dialect } = this.#world.bench;
    const { filter } = sent;
    const normal = filter === undefined || filter === null ? undefined : normalFilter(model, dialect, filter);
    const begins = (row: WireValues): boolean =>
      !sent.search ||
      model.searchFields.some((field) => row[field] !== null && String(row[field]).startsWith(sent.search!));
    const kept = all.filter((row) => begins(row) && (!normal || matches(dialect, model, normal, row)));
    const sort = (sent.sort ?? []).map(({ field, direction }) => ({
      field: model.column(field)!.name,
      direction,
    }));
    return sorted(dialect, model, kept, sort.length > 0 ? sort : [model.defaultSort]);
  }

  /** Only these rows may be others now; of an unknown one, at most one. */
  async #judgeWrite(model: AdministeredModel, ids: readonly string[] | undefined): Promise<void> {
    this.writes += 1;
    const before = this.#before.get(model.name) ?? new Map();
    const after = await this.#readAgain(model.name);
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (id) => JSON.stringify(before.get(id)) !== JSON.stringify(after.get(id)),
    );
    if (ids === undefined ? changed.length > 1 : !changed.every((id) => ids.includes(id)))
      throw new Error(`rows ${changed.join(' ')} were changed, of ${ids?.join(' ')}`);
    for (const id of [...after.keys()].slice(mostRows))
      await this.#ask({ model: model.name, action: 'delete', id });
    if (after.size > mostRows) await this.#readAgain(model.name);
  }

  async #readAgain(name: string): Promise<Rows> {
    const { rows, count } = await this.#world.readAll(name);
    if (rows.size !== count) this.complaints.push(`of ${count} rows of ${name}, the list gives ${rows.size}`);
    this.#before.set(name, rows);
    return rows;
  }

  #complain(what: string, intent: SentIntent, answer: Answered): void {
    this.complaints.push(
      `${what}: ${JSON.stringify(intent).slice(0, 1500)} was answered ${answer.text.slice(0, 600)}`,
    );
  }
}

interface ListData {
  readonly items: readonly WireValues[];
  readonly next_cursor: string | null;
  readonly previous_cursor: string | null;
  readonly total: { readonly count: number; readonly is_estimate: boolean } | null;
}

interface PreviewData {
  readonly rows: readonly { readonly id: string; readonly version: string }[];
  readonly count: number;
}

/** A payload that was taken: it is of the form that it has to be of. */
interface Payload {
  readonly filter?: SentFilter | null;
  readonly search?: string | null;
  readonly sort?: readonly Sort[] | null;
  readonly cursor?: string | null;
  readonly ids?: readonly unknown[];
}

const payloadOf = (intent: SentIntent): Payload => (intent.payload ?? {}) as Payload;
const idsOf = (model: AdministeredModel, data: ListData): readonly string[] =>
  data.items.map((row) => String(formatKey(model, row)));

function equal(one: unknown, other: unknown, otherwise: string): void {
  const [is, wanted] = [JSON.stringify(one), JSON.stringify(other)];
  if (is !== wanted) throw new Error(`${otherwise}: ${is?.slice(0, 400)} and not ${wanted?.slice(0, 400)}`);
}

/** The same filter with each value in its one form, in which the rules compare them. */
function normalFilter(model: AdministeredModel, dialect: Bench['dialect'], filter: SentFilter): SentFilter {
  if ('and' in filter) return { and: filter.and.map((part) => normalFilter(model, dialect, part)) };
  if ('or' in filter) return { or: filter.or.map((part) => normalFilter(model, dialect, part)) };
  const { op } = filter;
  const column = model.column(filter.field)!;
  if (op === 'is_null' || op === 'contains') return { field: column.name, op, value: filter.value };
  const read = (sent: unknown): unknown => {
    const one = readWireValue(dialect, column, sent, 'compare');
    return one.ok ? one.value : undefined;
  };
  const value = Array.isArray(filter.value) && op === 'in' ? filter.value.map(read) : read(filter.value);
  return { field: column.name, op, value };
}

function canonicalId(model: AdministeredModel, { dialect }: Bench, id: unknown): string {
  return String(formatKey(model, parseKey(model, id, dialect)));
}
