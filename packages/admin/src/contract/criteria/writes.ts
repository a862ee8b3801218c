import { randomUUID } from 'node:crypto';
import type { AdminField, AdminModel } from '@castellan/contract';
import { CanNotJudge, type Criterion, criterion, found, must } from '../criterion.ts';
import { type Answer, describe, idOf, mustAccept, mustRefuse, type Product, type Row } from '../product.ts';
import { changes, changing, update, writable } from './writable.ts';

/** A new row made like one that is there, or of the values that the suite was given. */
async function create(
  product: Product,
): Promise<{ readonly model: AdminModel; readonly answer: Answer; readonly values: Row }> {
  const subject = await product.find(
    ({ model, rows }) =>
      model.actions.create !== null &&
      model.actions.delete !== null &&
      rows.length > 0 &&
      (product.options.model === undefined || model.name === product.options.model) &&
      !model.fields.some((field) => field.isRedacted && !field.isOptionalOnCreate),
  );
  const { model, rows } = found(
    subject,
    'no model has create and delete, and no secret that a new row needs',
  );
  const { row } = await product.read(model, idOf(model, rows[0]!));
  const values = product.options.createValues ?? likeness(model, row);
  const answer = await product.send({ model: model.name, action: 'create', payload: { values } });
  const code = String(answer.error?.code);
  if (['CONSTRAINT_FAILED', 'VALIDATION_FAILED', 'CONFLICT'].includes(code) && !product.options.createValues)
    throw new CanNotJudge(
      `a copy of a row of ${model.name} was refused with ${code}; give values for a new row`,
    );
  return { model, answer, values };
}

function likeness(model: AdminModel, row: Row): Row {
  const values: Record<string, unknown> = {};
  for (const field of model.fields) {
    const { name, type, isKey, readOnly, isOptionalOnCreate, maxLength, isIndexed } = field;
    if (isKey && isOptionalOnCreate) continue;
    if (isKey && type === 'uuid') values[name] = randomUUID();
    else if (isKey || readOnly !== null) continue;
    else if (type === 'string' && isIndexed && field.references === null)
      values[name] = `c${randomUUID().slice(0, 8)}${row[name] ?? ''}`.slice(0, maxLength ?? 1000);
    else if (row[name] !== undefined) values[name] = row[name];
  }
  return values;
}

async function remove(product: Product, model: AdminModel, id: string): Promise<Answer> {
  const { version } = await product.read(model, id);
  return product.send({ model: model.name, action: 'delete', id, payload: { version } });
}

/** Changes of rows (A6). */
export const writeCriteria: readonly Criterion[] = [
  changes(
    'write.update',
    'An update writes what it was given, and answers with the row and its new version.',
    'Answer with `{row, version}` as they are after the change.',
    async (product, { model, id, field }, after, answer) => {
      const { row, version } = mustAccept<{ row: Row; version: string }>(answer);
      const read = await product.read(model, id);
      must(read.row[field] === after, `${field} is ${JSON.stringify(read.row[field])} afterwards`);
      must(row?.[field] === after && version === read.version, 'the answer is not the row as it is now');
    },
  ),
  criterion(
    'write.partial',
    {
      proves: 'An update leaves alone what it does not name.',
      mend: 'Write the given fields only.',
      needsWrites: true,
    },
    async (product) => {
      const row = await writable(product);
      const { row: before } = await product.read(row.model, row.id);
      await changing(product, async () => {
        const { row: now } = await product.read(row.model, row.id);
        const touched = row.model.fields
          .filter(({ name, readOnly }) => name !== row.field && readOnly !== 'generated')
          // When a row was last changed is the ORM's to say.
          .filter(({ name }) => !/updated|modified|version/i.test(name))
          .find(({ name }) => JSON.stringify(now[name]) !== JSON.stringify(before[name]));
        must(touched === undefined, `${touched?.name} has changed too`);
      });
    },
  ),
  changes(
    'write.conflict',
    'An update on a version that is not the row’s is CONFLICT, and changes nothing.',
    'Compare versions under a lock of the row, in the transaction of the change.',
    async (product, row, after, first) => {
      mustAccept(first);
      const old = await update(product, row, `${row.before} !`, {}, 'AAAA');
      mustRefuse(old, 409, 'CONFLICT');
      const read = await product.read(row.model, row.id);
      must(read.row[row.field] === after, 'the refused change was written');
    },
  ),
  criterion(
    'write.one_winner',
    {
      proves:
        'Of five updates on one version at the same moment one is written, and the others are CONFLICT.',
      mend: 'Lock the row before its version is compared.',
      needsWrites: true,
    },
    async (product) => {
      const row = await writable(product);
      const { version } = await product.read(row.model, row.id);
      const tries = [1, 2, 3, 4, 5].map((n) => update(product, row, `${row.before} ${n}`, {}, version));
      const answers = await Promise.all(tries);
      const { row: now } = await product.read(row.model, row.id);
      if (now[row.field] !== row.before) await update(product, row, row.before);
      const won = answers.filter(({ status }) => status === 200).length;
      must(won === 1, `${won} of five updates were written`);
    },
  ),
  criterion(
    'write.version_required',
    {
      proves: 'An update without a version is VALIDATION_FAILED.',
      mend: 'Require `version`.',
      needsWrites: true,
    },
    async (product) => {
      const { model, id, field, before } = await writable(product);
      const payload = { values: { [field]: before } };
      const answer = await product.send({ model: model.name, action: 'update', id, payload });
      mustRefuse(answer, 422, 'VALIDATION_FAILED');
    },
  ),
  criterion(
    'write.unknown_field',
    {
      proves: 'An update of a field that the model does not have is UNKNOWN_FIELD.',
      mend: 'Refuse it rather than pass it by.',
      needsWrites: true,
    },
    async (product) => {
      const row = await writable(product);
      mustRefuse(
        await update(product, { ...row, field: 'castellanContractNone' }, 'x'),
        422,
        'UNKNOWN_FIELD',
      );
    },
  ),
  criterion(
    'write.read_only',
    {
      proves: 'An update of a field that is read-only (denied, generated, the key) is FIELD_READ_ONLY.',
      mend: 'Refuse each field that the document marks as read-only.',
      needsWrites: true,
    },
    async (product) => {
      let field: AdminField | undefined;
      const subject = await product.find(({ model, rows }) => {
        const usable = model.fields.filter(({ readOnly }) => readOnly !== null && readOnly !== 'redacted');
        field = usable.find(({ readOnly }) => readOnly === 'denied') ?? usable[0];
        return model.actions.update !== null && rows.length > 0 && field !== undefined;
      });
      const { model, rows } = found(subject, 'no model has a read-only field');
      const id = idOf(model, rows[0]!);
      const { row } = await product.read(model, id);
      const name = field!.name;
      const answer = await update(product, { model, id, field: name, before: '' }, row[name]);
      mustRefuse(answer, 422, 'FIELD_READ_ONLY');
    },
  ),
  criterion(
    'write.create',
    {
      proves: 'A created row has an id and a version, and can be read.',
      mend: 'Answer with `{id, row, version}`.',
      needsWrites: true,
    },
    async (product) => {
      const { model, answer } = await create(product);
      const made = mustAccept<{ id: string; row: Row; version: string }>(answer);
      const id = made.id ?? idOf(model, made.row);
      try {
        const read = await product.read(model, id);
        must(made.id === idOf(model, read.row), 'the id of the answer is not the row’s');
        must(made.version === read.version, 'the version of the answer is not the row’s');
      } finally {
        await remove(product, model, id);
      }
    },
  ),
  criterion(
    'write.delete',
    {
      proves: 'A deleted row is gone.',
      mend: 'Delete it, softly where the model does so, and keep it out of reads.',
      needsWrites: true,
    },
    async (product) => {
      const { model, answer } = await create(product);
      const { id } = mustAccept<{ id?: string }>(answer);
      const key = found(id, 'create gives no id');
      mustAccept(await remove(product, model, key));
      const again = await product.send({ model: model.name, action: 'read', id: key });
      must(again.status === 404, `${describe(again)} when it is read afterwards`);
    },
  ),
];

/** Single use of what writes (A5). */
export const replayCriteria: readonly Criterion[] = [
  criterion(
    'token.replay',
    {
      proves: 'The token of a write works once: its second use is TOKEN_REPLAYED.',
      mend: 'Record `jti` in the transaction of the write, until the token’s end and the clocks’ difference.',
      needsWrites: true,
    },
    (product) => replay(product, false),
  ),
  criterion(
    'token.replay_at_once',
    {
      proves: 'Of eight uses at the same moment one works.',
      mend: 'Record `jti` under a unique key; don’t look for it first.',
      needsWrites: true,
    },
    (product) => replay(product, true),
  ),
];

async function replay(product: Product, atOnce: boolean): Promise<void> {
  const row = await writable(product);
  const { version } = await product.read(row.model, row.id);
  // The row keeps its text, so that no second use fails for another reason.
  const payload = { values: { [row.field]: row.before }, version };
  const intent = { model: row.model.name, action: 'update', id: row.id, payload };
  const { token, correlationId } = product.token(JSON.stringify(intent));
  const how = { authorization: `Bearer ${token}`, headers: { 'x-correlation-id': correlationId } };
  const answers = atOnce
    ? await Promise.all(Array.from({ length: 8 }, () => product.send(intent, how)))
    : [await product.send(intent, how), await product.send(intent, how)];
  const done = answers.filter(({ status }) => status === 200).length;
  must(done === 1, `${done} of ${answers.length} uses of one token worked`);
  for (const answer of answers) if (answer.status !== 200) mustRefuse(answer, 401, 'TOKEN_REPLAYED');
}
