import { productsIntent } from '@castellan/contract';
import { ConfirmDialog } from '@castellan/ui';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { useAction } from '../api/use-action.ts';
import { RequestApproval } from './approval-request.tsx';
import { needsApproval, productFailure } from './failure.ts';
import {
  fieldNamed,
  type Intent,
  listQuery,
  type ModelPlace,
  modelNamed,
  nameOf,
  type ReadAnswer,
} from './queries.ts';
import { may } from './rights.ts';
import { undoChange } from './undo.ts';
import { countText } from './values.ts';

interface DeleteRowProps {
  readonly at: ModelPlace;
  readonly id: string;
  readonly read: ReadAnswer;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

/** Asks before a row is deleted, and says what refers to it, counted. */
export function DeleteRow({ at, id, read, onClose, onDeleted }: DeleteRowProps) {
  const name = nameOf(at.model, read.row);
  const relations = at.model.referencedBy
    .flatMap(({ model: childName, field: fieldName }) => {
      const child = modelNamed(at.document, childName);
      const field = child && fieldNamed(child, fieldName);
      return child && field && !field.isRedacted && may(child, at.role, 'list') ? [{ child, field }] : [];
    })
    .slice(0, 12);
  const counts = useQueries({
    queries: relations.map(({ child, field }) =>
      listQuery(at.id, {
        model: child.name,
        fields: child.key,
        limit: 1,
        count: true,
        filter: {
          field: field.name,
          op: 'eq',
          value: read.row[field.references?.field ?? at.model.key[0] ?? ''],
        },
      }),
    ),
  });
  const intent: Intent = { model: at.model.name, action: 'delete', id, payload: { version: read.version } };
  const [asking, setAsking] = useState(false);
  const remove = useAction(productsIntent, {
    showsErrors: true,
    done: ({ correlationId }) => ({
      title: `${name} is deleted`,
      action: { label: 'Undo', run: () => void undoChange(at, id, correlationId) },
    }),
    onDone: () => {
      onClose();
      onDeleted();
    },
  });
  const referring = relations.flatMap(({ child, field }, index) => {
    const count = counts[index];
    if (count?.error) return [`${child.labelPlural} by ${field.label.toLowerCase()}: could not be counted`];
    const total = count?.data?.total;
    return total && total.count > 0
      ? [
          `${countText(total)} ${total.count === 1 ? child.label.toLowerCase() : child.labelPlural.toLowerCase()} by ${field.label.toLowerCase()}`,
        ]
      : [];
  });
  const failure = remove.error && productFailure(remove.error, at.name);
  const needs = at.model.actions.delete?.needsApproval || needsApproval(remove.error);
  if (asking)
    return (
      <RequestApproval at={at} intent={intent} what={`Delete ${name}`} onClose={onClose} onAsked={onClose} />
    );
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete ${name}?`}
      losses={[`This ${at.model.label.toLowerCase()} with its ${at.model.fields.length} fields`]}
      action={needs ? 'Ask for approval' : 'Delete'}
      {...(needs ? {} : { typeToConfirm: name.length > 60 ? 'delete' : name })}
      busy={remove.isPending}
      error={
        failure && !needs ? (
          <>
            <p className="font-medium">{failure.title}</p>
            <p>{failure.fix}</p>
          </>
        ) : undefined
      }
      onConfirm={() => (needs ? setAsking(true) : remove.mutate({ params: { id: at.id }, body: intent }))}
    >
      {counts.some(({ isPending }) => isPending) ? (
        <p className="text-13 text-muted">Counting what refers to it…</p>
      ) : (
        <div className="text-14">
          {referring.length > 0 ? (
            <>
              <p className="mb-1 text-13 font-medium">What refers to it</p>
              <ul className="flex flex-col gap-1">
                {referring.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
              <p className="mt-2 text-13 text-muted">
                {at.name} decides what becomes of these: they go too, stay without it, or stop the deletion.
              </p>
            </>
          ) : (
            <p className="text-13 text-muted">Nothing that you may see refers to it.</p>
          )}
        </div>
      )}
    </ConfirmDialog>
  );
}
