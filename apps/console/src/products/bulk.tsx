import type { AdminAction } from '@castellan/contract';
import { Button, Menu, MenuItem, MenuSeparator, SelectionBar } from '@castellan/ui';
import { useState } from 'react';
import { asksForValues } from './action-form.tsx';
import { type BulkQuestion, type Chosen, PreviewRows } from './bulk-rows.tsx';
import { ChoosePayload, ChooseValues } from './bulk-values.tsx';
import type { Filter } from './filters.ts';
import type { ListAnswer, ModelPlace } from './queries.ts';
import { type BulkKind, bulkKindsFor } from './rights.ts';
import { countText } from './values.ts';

interface BulkBarProps {
  readonly at: ModelPlace;
  readonly chosen: Chosen;
  readonly filter: Filter | undefined;
  readonly search: string | undefined;
  readonly total: ListAnswer['total'];
  /** Every row of this page is ticked, and there are more. */
  readonly offersEverything: boolean;
  readonly onEverything: () => void;
  readonly onClear: () => void;
}

/** Whether this operator can do anything with several rows at once. */
export function hasBulkActions(at: ModelPlace): boolean {
  return bulkKindsFor(at.model, at.role).length > 0;
}

/** Stands over the list while rows are ticked. */
export function BulkBar(props: BulkBarProps) {
  const { at, chosen, total, onClear } = props;
  const [open, setOpen] = useState<BulkKind>();
  const kinds = bulkKindsFor(at.model, at.role);
  const mayEdit = kinds.includes('update');
  const mayDelete = kinds.includes('delete');
  const [first, ...rest] = kinds.filter((kind) => typeof kind === 'object');
  const count = 'ids' in chosen ? chosen.ids.size : (total?.count ?? 0);
  return (
    <SelectionBar count={count} onClear={onClear}>
      {props.offersEverything && 'ids' in chosen && (
        <Button small kind="quiet" onClick={props.onEverything}>
          Select all {countText(total)} that match
        </Button>
      )}
      {mayEdit && (
        <Button small onClick={() => setOpen('update')}>
          Edit…
        </Button>
      )}
      {first && (
        <Button small onClick={() => setOpen(first)}>
          {first.label}
        </Button>
      )}
      {(rest.length > 0 || mayDelete) && (
        <Menu label="More for the selected rows" align="start">
          {rest.map((action) => (
            <MenuItem key={action.name} onSelect={() => setOpen(action)}>
              {action.label}
            </MenuItem>
          ))}
          {rest.length > 0 && mayDelete && <MenuSeparator />}
          {mayDelete && (
            <MenuItem danger onSelect={() => setOpen('delete')}>
              Delete
            </MenuItem>
          )}
        </Menu>
      )}
      {open && <BulkDialog {...props} kind={open} onClose={() => setOpen(undefined)} />}
    </SelectionBar>
  );
}

/** Values first where there are some to give, then exactly the rows that it would be done to, then what became of it. */
function BulkDialog(props: BulkQuestion) {
  const { kind, at, chosen, onClose } = props;
  const hasForm = kind === 'update' || (kind !== 'delete' && asksForValues(kind.form));
  // A form without a field is sent as it is.
  const [values, setValues] = useState<unknown>(
    typeof kind === 'object' && kind.form !== null && !hasForm ? {} : undefined,
  );
  const [step, setStep] = useState<'values' | 'rows'>(hasForm ? 'values' : 'rows');
  if (step === 'values')
    return kind === 'update' ? (
      <ChooseValues
        at={at}
        onClose={onClose}
        onNext={(next) => {
          setValues(next);
          setStep('rows');
        }}
      />
    ) : (
      <ChoosePayload
        at={at}
        action={kind as AdminAction}
        onClose={onClose}
        onNext={(next) => {
          setValues(next);
          setStep('rows');
        }}
      />
    );
  return (
    <PreviewRows key={JSON.stringify('ids' in chosen ? [...chosen.ids] : 'all')} {...props} values={values} />
  );
}
