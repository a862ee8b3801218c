import { Field, Textarea } from '@castellan/ui';
import { type Draft, parseJson } from './drafts.ts';
import { FieldEditor } from './editor.tsx';
import { defaultDraft, type FormField, formFields, readForm } from './json-form.ts';
import type { ProductPlace } from './queries.ts';

/** What a form of a custom action holds while it is filled in. */
export interface ActionDraft {
  readonly drafts: Readonly<Record<string, Draft>>;
  /** The whole payload as JSON, where the product describes no form. */
  readonly json: string;
}

/** A form as it begins. */
export const emptyAction: ActionDraft = { drafts: {}, json: '' };

/** Whether there is anything to fill in. A schema that describes no form takes JSON. */
export function asksForValues(form: unknown): boolean {
  return form !== null && formFields(form)?.length !== 0;
}

/** Reads the payload of a custom action out of its form. */
export function readPayload(
  form: unknown,
  { drafts, json }: ActionDraft,
): { readonly payload: unknown; readonly errors: Readonly<Record<string, string>> } {
  const fields = formFields(form);
  if (fields) {
    const { values, errors } = readForm(fields, drafts);
    return { payload: values, errors };
  }
  if (json.trim() === '') return { payload: undefined, errors: {} };
  const parsed = parseJson(json);
  return parsed.error === undefined
    ? { payload: parsed.value, errors: {} }
    : { payload: undefined, errors: { payload: parsed.error } };
}

interface ActionFieldsProps {
  readonly at: ProductPlace;
  readonly form: unknown;
  readonly draft: ActionDraft;
  readonly errors: Readonly<Record<string, string>>;
  /** `field` is what was written in. */
  readonly onChange: (draft: ActionDraft, field: string) => void;
}

/** The controls of a custom action, made of the JSON Schema that the product gives. */
export function ActionFields({ at, form, draft, errors, onChange }: ActionFieldsProps) {
  const fields: readonly FormField[] | undefined = formFields(form);
  if (fields)
    return fields.map((field) => (
      <FieldEditor
        key={field.name}
        field={field}
        at={at}
        optional={!field.isRequired}
        help={field.help}
        draft={
          draft.drafts[field.name] === undefined ? defaultDraft(field) : (draft.drafts[field.name] ?? null)
        }
        error={errors[field.name]}
        onChange={(next) =>
          onChange({ ...draft, drafts: { ...draft.drafts, [field.name]: next } }, field.name)
        }
      />
    ));
  return (
    <details open={Boolean(errors.payload) || undefined} className="rounded-control border border-subtle">
      <summary className="px-3 py-2 text-13 text-muted hover:text-primary">Send values with it</summary>
      <div className="border-t border-subtle p-3">
        <Field
          label="Values"
          optional
          help="JSON. The product does not describe a form for this action."
          error={errors.payload}
        >
          <Textarea
            rows={4}
            spellCheck={false}
            className="font-mono text-13"
            value={draft.json}
            onChange={(event) => onChange({ ...draft, json: event.target.value }, 'payload')}
          />
        </Field>
      </div>
    </details>
  );
}
