import type { AdminField } from '@castellan/contract';
import { Checkbox, Field, Input, Select, Textarea } from '@castellan/ui';
import type { ReactNode } from 'react';
import { type Draft, isLines, parseJson } from './drafts.ts';
import { modelNamed, type ProductPlace } from './queries.ts';
import { RelationPicker } from './relation-picker.tsx';
import { may } from './rights.ts';
import type { ValueField } from './values.ts';

/** A field that an editor is for: of a model, of a form, or of a filter. */
export type EditedField = ValueField & Partial<Pick<AdminField, 'references'>>;

export interface EditorProps {
  readonly field: EditedField;
  readonly at: ProductPlace;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  /** Names the control where no Field stands around it. */
  readonly label?: string;
}

/** The control for one type of value. Inside a Field it is labelled by it. */
export function Editor({ field, at, draft, onChange, label }: EditorProps) {
  const target = field.references && modelNamed(at.document, field.references.model);
  const named = label === undefined ? {} : { 'aria-label': label };
  if (target && field.references && may(target, at.role, 'list'))
    return (
      <RelationPicker
        at={at}
        target={target}
        targetField={field.references.field}
        draft={draft}
        onChange={onChange}
        {...(label && { label })}
      />
    );
  const text = draft ?? '';
  const typed = (event: { target: { value: string } }) => onChange(event.target.value);
  const plain = { ...named, value: text, onChange: typed, autoComplete: 'off', spellCheck: false };
  switch (field.type) {
    case 'boolean':
    case 'enum': {
      const values = field.type === 'boolean' ? ['true', 'false'] : (field.values ?? []);
      return (
        <Select
          {...named}
          value={text}
          onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
        >
          {(draft === null || draft === '' || field.isNullable) && (
            <option value="">{field.isNullable ? 'No value' : 'Choose…'}</option>
          )}
          {values.map((value) => (
            <option key={value} value={value}>
              {field.type === 'enum' ? value : value === 'true' ? 'Yes' : 'No'}
            </option>
          ))}
          {draft !== null && draft !== '' && !values.includes(draft) && (
            <option value={draft}>{draft}</option>
          )}
        </Select>
      );
    }
    case 'date':
      return <Input {...plain} type="date" />;
    case 'time':
      return <Input {...plain} type="time" step={1} />;
    case 'datetime':
    case 'timestamp':
      return <Input {...plain} type="datetime-local" step={1} />;
    case 'integer':
    case 'bigint':
      return <Input {...plain} inputMode="numeric" className="tabular-nums" />;
    case 'decimal':
    case 'float':
      return <Input {...plain} inputMode="decimal" className="tabular-nums" />;
    case 'uuid':
      return <Input {...plain} className="font-mono text-13" />;
    case 'json':
      return (
        <Textarea
          {...plain}
          rows={Math.min(16, Math.max(4, text.split('\n').length))}
          className="font-mono text-13"
        />
      );
    case 'bytes':
      return <Textarea {...plain} rows={3} className="font-mono text-13 break-all" />;
    case 'array':
      return (
        <Textarea
          {...plain}
          rows={Math.min(10, Math.max(3, text.split('\n').length))}
          className={isLines(field) ? '' : 'font-mono text-13'}
        />
      );
    case 'text':
      return <Textarea {...plain} spellCheck rows={rowsOf(text)} />;
    default:
      return text.includes('\n') ? <Textarea {...plain} /> : <Input {...plain} />;
  }
}

const lineLength = 70;

/** PostgreSQL's names and titles are text, too: a field is one line high until its value is more than a line. */
function rowsOf(text: string): number {
  const isLong = text.includes('\n') || text.length > lineLength;
  return isLong ? Math.min(14, Math.max(4, Math.ceil(text.length / lineLength))) : 1;
}

/** How a field is written, for whoever fills it in. */
function helpFor(field: EditedField, draft: Draft, held: unknown): ReactNode {
  switch (field.type) {
    case 'timestamp':
      return (
        <>
          In your time zone, {Intl.DateTimeFormat().resolvedOptions().timeZone}.
          {typeof held === 'string' && <span className="block font-mono">{held}</span>}
        </>
      );
    case 'datetime':
      return 'A time on the wall, in no time zone.';
    case 'array':
      return isLines(field) ? 'One item a line.' : 'A list in JSON.';
    case 'bytes':
      return 'Base64.';
    case 'json':
      return draft && parseJson(draft).error === undefined ? 'JSON.' : 'JSON, like {"key": "value"}.';
    case 'string':
    case 'text':
      return field.maxLength !== null && (draft?.length ?? 0) > field.maxLength * 0.8
        ? `${[...(draft ?? '')].length.toLocaleString()} of ${field.maxLength.toLocaleString()} characters.`
        : undefined;
    default:
      return undefined;
  }
}

export interface FieldEditorProps extends EditorProps {
  readonly error?: string | undefined;
  readonly optional?: boolean;
  /** What the row holds, to be shown where the control can't. */
  readonly held?: unknown;
  readonly help?: ReactNode;
}

/** A labelled control of a form. Text that may be absent tells absent from empty. */
export function FieldEditor(props: FieldEditorProps) {
  const { field, draft, onChange, error, optional, held, help } = props;
  const isText = (field.type === 'string' || field.type === 'text') && !field.references;
  return (
    <div className="flex flex-col gap-1.5" data-field={field.name}>
      <Field
        label={field.label}
        error={error}
        optional={optional ?? false}
        help={help ?? helpFor(field, draft, held)}
      >
        <Editor {...props} />
      </Field>
      {isText && field.isNullable && (
        <Checkbox
          label="No value"
          checked={draft === null}
          onChange={(checked) => onChange(checked ? null : '')}
          className="text-muted [&_label]:text-12"
        />
      )}
    </div>
  );
}
