import { approvalsRequest } from '@castellan/contract';
import { Button, Dialog, Field, Textarea } from '@castellan/ui';
import { useNavigate } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { useAction } from '../api/use-action.ts';
import { Problem } from './problem.tsx';
import type { Intent, ProductPlace } from './queries.ts';

interface RequestApprovalProps {
  readonly at: ProductPlace;
  /** Exactly what would be done. */
  readonly intent: Intent;
  /** The same in words: "Delete order 7". */
  readonly what: string;
  readonly onClose: () => void;
  readonly onAsked: () => void;
}

/** Asks a second operator to approve one exact call, with a reason. */
export function RequestApproval({ at, intent, what, onClose, onAsked }: RequestApprovalProps) {
  const [reason, setReason] = useState('');
  const [short, setShort] = useState(false);
  const formId = useId();
  const navigate = useNavigate();
  const request = useAction(approvalsRequest, {
    showsErrors: true,
    done: () => ({
      title: 'Approval is asked for',
      detail: 'When another operator says yes, you can do it once.',
      action: { label: 'View', run: () => void navigate({ to: '/approvals' }) },
    }),
    onDone: () => {
      onClose();
      onAsked();
    },
  });
  const { model, action, id, payload, command } = intent;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Ask for approval"
      description={`${what}: a second operator of ${at.name} has to say yes.`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} kind="primary" busy={request.isPending}>
            Ask for approval
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
          event.stopPropagation();
          setShort(reason.trim().length < 3);
          if (reason.trim().length < 3) return;
          request.mutate({
            params: { id: at.id },
            body: { intent: { model, action, id, payload, command }, reason: reason.trim() },
          });
        }}
      >
        <Field
          label="Reason"
          help="Whoever decides reads this. It stays in the log."
          error={short ? 'Say in a few words why it is needed.' : undefined}
        >
          <Textarea maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
        </Field>
        <p className="text-13 text-muted">
          The yes is for exactly this, with the rows as they are now. It works once, and it runs out.
        </p>
        <Problem error={request.error} product={at.name} />
      </form>
    </Dialog>
  );
}
