import type { AdministeredModel } from './administered.ts';
import type { ReferenceDescription } from './description.ts';
import { snakeCase } from './secret-names.ts';

/** `orderLine` and `order_line` are shown as `Order line`. */
export function labelOf(name: string): string {
  const words = snakeCase(name).split('_').filter(Boolean).join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * The label of each field. One that refers to another model is called after what it refers to, as its values are shown
 * by their labels: `customerId` is `Customer`. A field that would then be called as another one keeps its whole name.
 */
export function fieldLabels(
  { columns, references }: Pick<AdministeredModel, 'columns' | 'references'>,
  models: ReadonlyMap<string, Pick<AdministeredModel, 'label'>>,
): ReadonlyMap<string, string> {
  const wished = columns.map(({ name }) => {
    const reference = references.find(({ field }) => field === name);
    return [name, reference ? relationLabel(reference, models) : labelOf(name)] as const;
  });
  const uses = new Map<string, number>();
  for (const [, label] of wished) uses.set(label, (uses.get(label) ?? 0) + 1);
  return new Map(wished.map(([name, label]) => [name, uses.get(label) === 1 ? label : labelOf(name)]));
}

/** The name without the field that it is a key of; where nothing else is in it, what the other model is called. */
function relationLabel(
  { field, model, targetField }: ReferenceDescription,
  models: ReadonlyMap<string, Pick<AdministeredModel, 'label'>>,
): string {
  const name = snakeCase(field);
  const ending = [snakeCase(targetField), 'id'].find((one) => name === one || name.endsWith(`_${one}`));
  const relation = ending === undefined ? name : name.slice(0, -ending.length);
  return labelOf(relation) || models.get(model)?.label || labelOf(field);
}
