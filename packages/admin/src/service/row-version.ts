import { createHash } from 'node:crypto';
import type { AdministeredModel } from '../models/administered.ts';
import type { WireValues } from '../orm/adapter.ts';
import type { FoundRow } from '../query/index.ts';

const hintLength = 4;
/** A row of more fields than these says that it changed, and not where. */
const mostHints = 100;

/**
 * A row's version on the wire: the digest of everything in it that can be edited, then a few characters for each such field, by
 * which a later row tells what is otherwise (`details.changed_fields` of a `CONFLICT`). Only the digest decides.
 */
export function versionOnWire(model: AdministeredModel, { row, version }: FoundRow): string {
  const fields = editableFields(model);
  if (fields.length === 0 || fields.length > mostHints) return version;
  return `${version}.${fields.map((field) => hintOf(field, row)).join('')}`;
}

/** The digest of a version on the wire. */
export function digestOf(version: string): string {
  return version.split('.', 1)[0] ?? '';
}

/** Which fields are otherwise than when a version was read; empty where the version does not say. */
export function changedFields(
  model: AdministeredModel,
  version: string,
  { row }: FoundRow,
): readonly string[] {
  const hints = version.split('.')[1] ?? '';
  const fields = editableFields(model);
  if (hints.length !== fields.length * hintLength) return [];
  return fields.filter(
    (field, at) => hints.slice(at * hintLength, (at + 1) * hintLength) !== hintOf(field, row),
  );
}

function editableFields(model: AdministeredModel): readonly string[] {
  return model.columns.map(({ name }) => name).filter((name) => !model.readOnly.has(name));
}

function hintOf(field: string, row: WireValues): string {
  const text = JSON.stringify([field, row[field] ?? null]);
  return createHash('sha256').update(text).digest('base64url').slice(0, hintLength);
}
