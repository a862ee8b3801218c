import type { AdminAction } from '@castellan/contract';
import { Button, Dialog, Select } from '@castellan/ui';
import { useId, useState } from 'react';
import { ActionFields, emptyAction, readPayload } from './action-form.tsx';
import { approvalNote } from './bulk-rows.tsx';
import { type Drafts, parseDraft } from './drafts.ts';
import { FieldEditor } from './editor.tsx';
import type { ModelPlace } from './queries.ts';
import { type BulkKind, bulkNeedsApproval, editableFields } from './rights.ts';

const noteFor = ({ model }: ModelPlace, kind: BulkKind) =>
  bulkNeedsApproval(model, kind) ? ` ${approvalNote}` : '';

/** Which fields every row gets, and what. */
export function ChooseValues(props: {
  at: ModelPlace;
  onClose: () => void;
  onNext: (values: object) => void;
}) {
  const { at } = props;
  const fields = editableFields(at.model, false);
  const [names, setNames] = useState<readonly string[]>([]);
  const [drafts, setDrafts] = useState<Drafts>({});
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const formId = useId();
  const rest = fields.filter(({ name }) => !names.includes(name));
  const submit = () => {
    const values: Record<string, unknown> = {};
    const wrong: Record<string, string> = {};
    for (const field of fields.filter(({ name }) => names.includes(name))) {
      const parsed = parseDraft(field, drafts[field.name] ?? null);
      if (parsed.error !== undefined) wrong[field.name] = parsed.error;
      else values[field.name] = parsed.value;
    }
    setErrors(wrong);
    if (Object.keys(wrong).length === 0 && names.length > 0) props.onNext(values);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && props.onClose()}
      title={`Edit several ${at.model.labelPlural.toLowerCase()}`}
      description={`Every row gets the same values in the fields that you choose.${noteFor(at, 'update')}`}
      footer={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button type="submit" form={formId} kind="primary" disabled={names.length === 0}>
            Show the rows
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {fields
          .filter(({ name }) => names.includes(name))
          .map((field) => (
            <FieldEditor
              key={field.name}
              field={field}
              at={at}
              draft={drafts[field.name] ?? null}
              error={errors[field.name]}
              onChange={(draft) => {
                setDrafts((held) => ({ ...held, [field.name]: draft }));
                setErrors(({ [field.name]: _, ...rest }) => rest);
              }}
            />
          ))}
        {rest.length > 0 && (
          <Select
            aria-label="Field to change"
            value=""
            onChange={(event) => event.target.value && setNames([...names, event.target.value])}
          >
            <option value="">{names.length === 0 ? 'Choose a field…' : 'Another field…'}</option>
            {rest.map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </form>
    </Dialog>
  );
}

/** What an action of the product's own is given, the same for every row. */
export function ChoosePayload(props: {
  at: ModelPlace;
  action: AdminAction;
  onClose: () => void;
  onNext: (payload: unknown) => void;
}) {
  const { at, action } = props;
  const [draft, setDraft] = useState(emptyAction);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const formId = useId();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && props.onClose()}
      title={action.label}
      description={`${action.description || 'The same for every row.'}${noteFor(at, action)}`}
      footer={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button type="submit" form={formId} kind="primary">
            Show the rows
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const { payload, errors: wrong } = readPayload(action.form, draft);
          setErrors(wrong);
          if (Object.keys(wrong).length === 0) props.onNext(payload);
        }}
      >
        <ActionFields
          at={at}
          form={action.form}
          draft={draft}
          errors={errors}
          onChange={(next, field) => {
            setDraft(next);
            setErrors(({ [field]: _, ...rest }) => rest);
          }}
        />
      </form>
    </Dialog>
  );
}
