import type { AdminField, AdminModel } from '@castellan/contract';
import { type Criterion, criterion, found, must } from '../criterion.ts';
import { idOf, mustAccept, mustRefuse, type Product, type Subject } from '../product.ts';
import { compare, distinct, isOrdered, list, type Page } from './rows.ts';

type Sort = readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[];

/** Every row by pages of a size, as they come. */
async function walk(product: Product, model: AdminModel, size: number, sort?: Sort): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < 80; pages += 1) {
    const payload: Record<string, unknown> = {
      ...(sort ? { sort } : {}),
      ...(cursor === null ? {} : { cursor }),
    };
    const page: Page = await list(product, model, payload, size);
    ids.push(...page.items.map((row) => idOf(model, row)));
    cursor = page.next_cursor;
    if (cursor === null) break;
  }
  return ids;
}

async function pageable(
  product: Product,
  fits: (subject: Subject) => boolean = () => true,
): Promise<Subject> {
  return found(
    await product.find((one) => one.isAll && one.rows.length >= 5 && fits(one)),
    'no model has between 5 and 100 rows that would do',
  );
}

async function mustVisitAll(product: Product, { model, rows }: Subject, sort?: Sort): Promise<void> {
  const walked = await walk(product, model, 3, sort);
  const ids = new Set(walked);
  must(walked.length === ids.size, `pages of ${model.name} give ${walked.length - ids.size} rows twice`);
  must(ids.size === rows.length, `pages of ${model.name} give ${ids.size} of ${rows.length} rows`);
}

async function mustBeSorted(product: Product, direction: 'asc' | 'desc'): Promise<void> {
  const isSortable = (one: AdminField): boolean => one.isSortable && isOrdered(one);
  let field: AdminField | undefined;
  const { model } = await pageable(product, ({ model: one, rows }) => {
    field = one.fields.find((each) => isSortable(each) && distinct(rows, each.name).length >= 3);
    return field !== undefined;
  });
  const { name, type } = field!;
  const { items } = await list(product, model, { sort: [{ field: name, direction }] });
  const held = items.map((row) => row[name]).filter((value) => value !== null);
  const sign = direction === 'asc' ? 1 : -1;
  const wrong = held.findIndex((value, at) => at > 0 && compare(type, held[at - 1], value) * sign > 0);
  must(
    wrong === -1,
    `${model.name} by ${name} ${direction}: ${held[wrong - 1]} stands before ${held[wrong]}`,
  );
}

const pagingMend = 'Page by the values of the last row with the key as tie-break, NULLs in one fixed place.';

/** Pages, order, search, totals (A6, A17). */
export const pagingCriteria: readonly Criterion[] = [
  criterion(
    'paging.limit',
    { proves: 'A list gives as many rows as it was asked for.', mend: 'Apply `limit`.' },
    async (product) => {
      const { model } = await pageable(product);
      const { items } = await list(product, model, {}, 2);
      must(items.length === 2, `a list with limit 2 gives ${items.length} rows`);
    },
  ),
  criterion(
    'paging.skip',
    { proves: '`skip` passes by rows of the same order.', mend: 'Apply `skip` after the sort.' },
    async (product) => {
      const { model, rows } = await pageable(product);
      const answer = await product.send({
        model: model.name,
        action: 'list',
        payload: {},
        skip: 2,
        limit: 1,
      });
      const [first] = mustAccept<Page>(answer).items;
      must(
        first !== undefined && idOf(model, first) === idOf(model, rows[2]!),
        'skip 2 does not begin at the third row',
      );
    },
  ),
  criterion(
    'paging.forward',
    { proves: 'Following `next_cursor` visits every row once.', mend: pagingMend },
    async (product) => mustVisitAll(product, await pageable(product)),
  ),
  criterion(
    'paging.ties',
    { proves: 'Also where rows share the value that they are sorted by.', mend: pagingMend },
    async (product) => {
      let name = '';
      const subject = await pageable(product, ({ model, rows }) => {
        const tied = (one: AdminField): boolean =>
          one.isSortable &&
          rows.every((row) => row[one.name] !== null && row[one.name] !== undefined) &&
          distinct(rows, one.name).length < rows.length / 2;
        name = model.fields.find(tied)?.name ?? '';
        return name !== '';
      });
      await mustVisitAll(product, subject, [{ field: name, direction: 'asc' }]);
    },
  ),
  criterion(
    'paging.nulls',
    { proves: 'Also where some rows have no value to be sorted by.', mend: pagingMend },
    async (product) => {
      let name = '';
      const subject = await pageable(product, ({ model, rows }) => {
        const some = (one: AdminField): boolean =>
          one.isSortable && rows.some((row) => row[one.name] === null) && distinct(rows, one.name).length > 0;
        name = model.fields.find(some)?.name ?? '';
        return name !== '';
      });
      for (const direction of ['asc', 'desc'] as const)
        await mustVisitAll(product, subject, [{ field: name, direction }]);
    },
  ),
  criterion(
    'paging.backward',
    { proves: '`previous_cursor` leads back to the very page before.', mend: pagingMend },
    async (product) => {
      const { model } = await pageable(product);
      const first = await list(product, model, {}, 2);
      const second = await list(product, model, { cursor: first.next_cursor }, 2);
      must(second.previous_cursor !== null, 'the second page has no previous_cursor');
      const back = await list(product, model, { cursor: second.previous_cursor }, 2);
      const ids = (page: Page): string => page.items.map((row) => idOf(model, row)).join();
      must(ids(back) === ids(first), 'previous_cursor leads to other rows, or in another order');
    },
  ),
  criterion(
    'paging.cursor_sealed',
    {
      proves: 'A cursor does not show the values that it holds.',
      mend: 'Seal cursors (AES-GCM) rather than encode them.',
    },
    async (product) => {
      const { model, rows } = await pageable(product);
      const { next_cursor } = await list(product, model, {}, 2);
      const cursor = found(next_cursor, 'there is no second page');
      const shown = `${cursor} ${Buffer.from(cursor, 'base64url').toString('latin1')}`;
      const told = Object.values(rows[1]!).find(
        (value) => typeof value === 'string' && value.length >= 6 && shown.includes(value),
      );
      must(told === undefined, 'the cursor shows a value of its row');
    },
  ),
  criterion(
    'paging.cursor_altered',
    {
      proves: 'A cursor that was altered is INVALID_CURSOR.',
      mend: 'Seal cursors with their authentication tag.',
    },
    async (product) => {
      const { model } = await pageable(product);
      const cursor = found((await list(product, model, {}, 2)).next_cursor, 'there is no second page');
      const at = Math.floor(cursor.length / 2);
      const altered = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`;
      const intent = { model: model.name, action: 'list', payload: { cursor: altered }, limit: 2 };
      mustRefuse(await product.send(intent), 422, 'INVALID_CURSOR');
    },
  ),
  criterion(
    'paging.cursor_of_another_list',
    {
      proves: 'A cursor of one order does not serve another.',
      mend: 'Seal sort and filter into the cursor, and compare them.',
    },
    async (product) => {
      const { model } = await pageable(
        product,
        (one) => one.model.fields.filter(({ isSortable }) => isSortable).length > 1,
      );
      const cursor = found((await list(product, model, {}, 2)).next_cursor, 'there is no second page');
      const other = model.fields.find(
        ({ isSortable, name }) => isSortable && name !== model.defaultSort.field,
      )!;
      const payload = { cursor, sort: [{ field: other.name, direction: 'asc' }] };
      mustRefuse(
        await product.send({ model: model.name, action: 'list', payload, limit: 2 }),
        422,
        'INVALID_CURSOR',
      );
    },
  ),
  criterion(
    'paging.total',
    {
      proves: 'A count that is not marked as an estimate is right.',
      mend: 'Set `is_estimate` where it is one.',
    },
    async (product) => {
      const { model, rows } = await pageable(product);
      const { total } = await list(product, model, { count: true }, 2);
      must(total !== null && Number.isSafeInteger(total.count), 'there is no total');
      must(
        total.is_estimate || total.count === rows.length,
        `${total.count} rows are counted, ${rows.length} are there`,
      );
    },
  ),
  criterion(
    'paging.ascending',
    {
      proves: 'An ascending sort ascends; numbers by their value, not as texts.',
      mend: 'Sort by the column’s own type.',
    },
    (product) => mustBeSorted(product, 'asc'),
  ),
  criterion(
    'paging.descending',
    { proves: 'A descending sort descends.', mend: 'Apply `direction`.' },
    (product) => mustBeSorted(product, 'desc'),
  ),
  criterion(
    'paging.search',
    {
      proves: 'A search by the beginning of a searched field finds the row.',
      mend: 'Match prefixes of `searchFields`.',
    },
    async (product) => {
      const subject = await pageable(product, ({ model, rows }) =>
        model.searchFields.some((name) => typeof rows[0]?.[name] === 'string' && rows[0][name] !== ''),
      );
      const { model, rows } = subject;
      const name = model.searchFields.find(
        (one) => typeof rows[0]?.[one] === 'string' && rows[0][one] !== '',
      )!;
      const { items } = await list(product, model, { search: String(rows[0]![name]).slice(0, 6) });
      must(
        items.some((row) => idOf(model, row) === idOf(model, rows[0]!)),
        `${name} was not found by its beginning`,
      );
    },
  ),
  criterion(
    'paging.labels',
    {
      proves: 'A list brings the labels of the rows that its rows refer to.',
      mend: 'Read them in one query for each relation.',
    },
    async (product) => {
      let name = '';
      const subject = await product.find(({ model, rows }) => {
        name =
          model.fields.find((one) => one.references !== null && distinct(rows, one.name).length > 0)?.name ??
          '';
        return name !== '';
      });
      const { model } = found(subject, 'no model refers to another');
      const { items, labels } = await list(product, model, {});
      const key = String(distinct(items, name)[0]);
      must(typeof labels[name]?.[key] === 'string', `${model.name}.${name} ${key} has no label`);
    },
  ),
];
