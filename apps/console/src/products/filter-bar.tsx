import type { AdminField, FilterOperator } from '@castellan/contract';
import { Button, Checkbox, Chip, FilterPopover, IconButton, Select, Textarea } from '@castellan/ui';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { type Draft, draftOfValue, parseDraft } from './drafts.ts';
import { Editor } from './editor.tsx';
import {
  type Condition,
  draftOf,
  type Filter,
  type FilterDraft,
  type FilterItem,
  filterOf,
  operatorLabel,
} from './filters.ts';
import { fieldNamed, type Labels, type ModelPlace } from './queries.ts';
import { shownFields } from './rights.ts';
import { textOf } from './values.ts';

interface FilterBarProps {
  readonly at: ModelPlace;
  readonly filter: Filter | undefined;
  readonly labels: Labels;
  readonly onChange: (filter: Filter | undefined) => void;
}

/** The filters of a list as chips that open and can be taken away, and the button that adds one. */
export function FilterBar({ at, filter, labels, onChange }: FilterBarProps) {
  const draft = draftOf(filter);
  const put = (items: readonly FilterItem[], match = draft.match) => onChange(filterOf({ match, items }));
  const without = (index: number) => put(draft.items.filter((_, other) => other !== index));
  const joined = draft.match === 'all' ? 'any' : 'all';
  return (
    <>
      {draft.items.length > 1 && (
        <Select
          small
          aria-label="Which filters have to hold"
          className="w-auto text-muted"
          value={draft.match}
          onChange={(event) => put(draft.items, event.target.value as FilterDraft['match'])}
        >
          <option value="all">All of</option>
          <option value="any">Any of</option>
        </Select>
      )}
      {draft.items.map((item, index) => {
        const words = wordsOf(at, item, joined, labels);
        return 'kept' in item ? (
          // A tree that is deeper than this builder goes: it can be read and taken away.
          // biome-ignore lint/suspicious/noArrayIndexKey: a chip's place is its identity
          <Chip key={index} onRemove={() => without(index)} removeLabel={`Remove filter ${words.label}`}>
            <span title={words.value} className="px-1">
              {words.label}: <span className="font-medium text-primary">{words.value}</span>
            </span>
          </Chip>
        ) : (
          <FilterPopover
            // biome-ignore lint/suspicious/noArrayIndexKey: a chip's place is its identity
            key={index}
            label={words.label}
            value={words.value}
            onClear={() => without(index)}
          >
            {(close) => (
              <GroupForm
                at={at}
                given={item}
                joined={joined}
                onApply={(conditions) => {
                  put(draft.items.map((held, other) => (other === index ? conditions : held)));
                  close();
                }}
              />
            )}
          </FilterPopover>
        );
      })}
      <FilterPopover label="Filter" value={undefined} onClear={() => {}}>
        {(close) => (
          <GroupForm
            at={at}
            given={[]}
            joined={joined}
            onApply={(conditions) => {
              put([...draft.items, conditions]);
              close();
            }}
          />
        )}
      </FilterPopover>
    </>
  );
}

/** A chip in words. */
function wordsOf(
  at: ModelPlace,
  item: FilterItem,
  joined: 'all' | 'any',
  labels: Labels,
): { readonly label: string; readonly value: string } {
  if (!('kept' in item) && item.length === 1) {
    const condition = item[0] as Condition;
    return { label: labelOf(at, condition.field), value: predicateOf(at, condition, labels) };
  }
  const filter: Filter = 'kept' in item ? item.kept : joined === 'any' ? { or: item } : { and: item };
  return { label: 'or' in filter ? 'Any of' : 'All of', value: describe(at, filter, labels) };
}

const labelOf = (at: ModelPlace, field: string) => fieldNamed(at.model, field)?.label ?? field;

/** A whole filter in words: “Status is open or Total is above 100”. */
export function describe(at: ModelPlace, filter: Filter, labels: Labels = {}): string {
  if ('field' in filter) return `${labelOf(at, filter.field)} ${predicateOf(at, filter, labels)}`;
  const [parts, word] = 'and' in filter ? [filter.and, ' and '] : [filter.or, ' or '];
  return parts
    .map((part) => ('field' in part ? describe(at, part, labels) : `(${describe(at, part, labels)})`))
    .join(word);
}

function predicateOf(at: ModelPlace, { field: name, op, value }: Condition, labels: Labels): string {
  const field = fieldNamed(at.model, name);
  const words = operatorLabel(op, field?.type ?? 'unknown', value);
  if (op === 'is_null') return words;
  const shown = (one: unknown) =>
    labels[name]?.[String(one)] ?? (field && op !== 'contains' ? textOf(field, one) : String(one));
  return `${words} ${Array.isArray(value) ? value.map(shown).join(', ') : shown(value)}`;
}

/** One condition on its way: the operator with `is_null` told apart, the value as text. */
interface Edited {
  readonly field: string;
  readonly op: string;
  readonly draft: Draft;
}

function editedOf(at: ModelPlace, { field: name, op, value }: Condition): Edited {
  const field = fieldNamed(at.model, name);
  if (op === 'is_null') return { field: name, op: value === false ? 'not_null' : 'is_null', draft: null };
  if (op === 'in')
    return { field: name, op, draft: Array.isArray(value) ? value.map(String).join('\n') : '' };
  return {
    field: name,
    op,
    draft: field && op !== 'contains' ? draftOfValue(field, value) : String(value ?? ''),
  };
}

function conditionOf(field: AdminField, { op, draft }: Edited): Condition | string {
  if (op === 'is_null' || op === 'not_null')
    return { field: field.name, op: 'is_null', value: op === 'is_null' };
  if (op === 'contains')
    return draft?.trim() ? { field: field.name, op, value: draft.trim() } : 'Write what it contains.';
  const strict = { ...field, isNullable: false, maxLength: null };
  if (op === 'in') {
    const lines = (draft ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
    if (lines.length === 0) return 'Give at least one value.';
    const values: unknown[] = [];
    for (const line of lines) {
      const parsed = parseDraft(strict, line);
      if (parsed.error !== undefined) return `${line}: ${parsed.error}`;
      values.push(parsed.value);
    }
    return { field: field.name, op, value: values };
  }
  const parsed = parseDraft(strict, draft);
  return parsed.error ?? { field: field.name, op: op as FilterOperator, value: parsed.value };
}

interface GroupFormProps {
  readonly at: ModelPlace;
  readonly given: readonly Condition[];
  /** How the conditions of one chip are joined. */
  readonly joined: 'all' | 'any';
  readonly onApply: (conditions: readonly Condition[]) => void;
}

/** The conditions of one chip: mostly one, or alternatives. */
function GroupForm({ at, given, joined, onApply }: GroupFormProps) {
  const fields = shownFields(at.model).filter(({ operators }) => operators.length > 0);
  const first = (): Edited => {
    const field =
      fields.find(({ name }) => at.model.listFields.includes(name) && !at.model.key.includes(name)) ??
      fields[0];
    return { field: field?.name ?? '', op: field?.operators[0] ?? 'eq', draft: null };
  };
  const [edited, setEdited] = useState<readonly Edited[]>(() =>
    given.length > 0 ? given.map((one) => editedOf(at, one)) : [first()],
  );
  const [problems, setProblems] = useState<Readonly<Record<number, string>>>({});
  const put = (index: number, change: Partial<Edited>) => {
    setEdited(edited.map((one, other) => (other === index ? { ...one, ...change } : one)));
    setProblems({});
  };
  const apply = () => {
    const read = edited.map((one) => {
      const field = fieldNamed(at.model, one.field);
      return field ? conditionOf(field, one) : 'Choose a field.';
    });
    const wrong = Object.fromEntries(
      read.flatMap((one, index) => (typeof one === 'string' ? [[index, one] as const] : [])),
    );
    setProblems(wrong);
    if (Object.keys(wrong).length === 0) onApply(read as Condition[]);
  };
  if (fields.length === 0) return <p className="text-13 text-muted">This list can not be filtered.</p>;
  return (
    <form
      className="flex max-h-[60dvh] flex-col gap-2 overflow-y-auto"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        apply();
      }}
    >
      {edited.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line's place is its identity
        <div key={index} className="flex flex-col gap-2">
          {index > 0 && (
            <div className="flex items-center gap-2 pt-1 text-12 text-muted">
              <span>{joined === 'any' ? 'or' : 'and'}</span>
              <span aria-hidden className="h-px flex-1 bg-subtle" />
              <IconButton
                small
                icon={X}
                label="Take this condition away"
                onClick={() => setEdited(edited.filter((_, other) => other !== index))}
              />
            </div>
          )}
          <ConditionForm
            at={at}
            fields={fields}
            edited={one}
            problem={problems[index]}
            onChange={(change) => put(index, change)}
          />
        </div>
      ))}
      <div className="flex items-center justify-between gap-2 pt-1">
        <Button small kind="quiet" icon={Plus} onClick={() => setEdited([...edited, first()])}>
          {joined === 'any' ? 'Or…' : 'And…'}
        </Button>
        <Button small kind="primary" type="submit">
          Apply
        </Button>
      </div>
    </form>
  );
}

interface ConditionFormProps {
  readonly at: ModelPlace;
  readonly fields: readonly AdminField[];
  readonly edited: Edited;
  readonly problem: string | undefined;
  readonly onChange: (change: Partial<Edited>) => void;
}

function ConditionForm({ at, fields, edited, problem, onChange }: ConditionFormProps) {
  const field = fields.find(({ name }) => name === edited.field);
  return (
    <>
      <Select
        aria-label="Field"
        small
        value={edited.field}
        onChange={(event) => {
          const next = fields.find(({ name }) => name === event.target.value);
          onChange({ field: event.target.value, op: next?.operators[0] ?? 'eq', draft: null });
        }}
      >
        {fields.map(({ name, label }) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Condition"
        small
        value={edited.op}
        onChange={(event) => {
          const sameKind =
            event.target.value !== 'in' && edited.op !== 'in' && event.target.value !== 'contains';
          onChange({ op: event.target.value, ...(sameKind ? {} : { draft: null }) });
        }}
      >
        {field?.operators.map((op) =>
          op === 'is_null' ? (
            field.isNullable ? (
              <optgroup key={op} label="Empty">
                <option value="is_null">is empty</option>
                <option value="not_null">is not empty</option>
              </optgroup>
            ) : null
          ) : (
            <option key={op} value={op}>
              {operatorLabel(op, field.type)}
            </option>
          ),
        )}
      </Select>
      {field && <ConditionValue at={at} field={field} edited={edited} onChange={onChange} />}
      {field && !field.isIndexed && (
        <p className="text-12 text-muted">
          {field.label} has no index: on a large table this may take too long.
        </p>
      )}
      {problem && (
        <p role="alert" className="text-12 text-danger">
          {problem}
        </p>
      )}
    </>
  );
}

function ConditionValue(
  props: Pick<ConditionFormProps, 'at' | 'edited' | 'onChange'> & { field: AdminField },
) {
  const { at, field, edited, onChange } = props;
  if (edited.op === 'is_null' || edited.op === 'not_null') return null;
  if (edited.op !== 'in')
    return (
      <Editor
        at={at}
        label="Value"
        field={{
          ...field,
          isNullable: false,
          ...(field.type === 'text' || edited.op === 'contains'
            ? { type: 'string' as const, references: null }
            : {}),
        }}
        draft={edited.draft}
        onChange={(draft) => onChange({ draft })}
      />
    );
  const lines = (edited.draft ?? '').split('\n').filter(Boolean);
  if (field.type !== 'enum' || !field.values)
    return (
      <Textarea
        aria-label="Values"
        rows={3}
        placeholder="One value a line"
        value={edited.draft ?? ''}
        onChange={(event) => onChange({ draft: event.target.value })}
      />
    );
  return (
    <fieldset className="flex max-h-48 flex-col gap-1.5 overflow-y-auto py-1">
      <legend className="sr-only">Values</legend>
      {field.values.map((value) => (
        <Checkbox
          key={value}
          label={value}
          checked={lines.includes(value)}
          onChange={(checked) =>
            onChange({
              draft: (checked ? [...lines, value] : lines.filter((line) => line !== value)).join('\n'),
            })
          }
        />
      ))}
    </fieldset>
  );
}
