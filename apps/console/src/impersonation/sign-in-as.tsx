import {
  type AdminModel,
  createActorTokenCommand,
  impersonationsStart,
  type OperatorRole,
  operatorRoleSatisfies,
  type RouteResult,
  type SchemaDocument,
  stepUpRead,
} from '@castellan/contract';
import { Button, Checkbox, ErrorState, Field, SidePanel, Skeleton, Textarea } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { VenetianMask } from 'lucide-react';
import { useState } from 'react';
import { CallError } from '../api/call.ts';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { StepUp } from './step-up.tsx';

/** Whether this role is offered to act as users of the product, from rows of this model. The server refuses the others by itself. */
export function mayActAs(
  document: Pick<SchemaDocument, 'canImpersonate'>,
  model: Pick<AdminModel, 'name' | 'customActions'>,
  role: OperatorRole,
): boolean {
  const action = model.customActions.find(({ name }) => name === createActorTokenCommand);
  return (
    document.canImpersonate &&
    model.name === 'User' &&
    action !== undefined &&
    operatorRoleSatisfies(role, action.minRole)
  );
}

/** One user of one product. */
export interface ActAs {
  readonly serviceId: string;
  readonly serviceName: string;
  /** The key of the row. */
  readonly rowId: string;
  /** What the row is called. */
  readonly name: string;
  /** The Castellan account that is meant, where the operator comes from it. */
  readonly userId?: string;
}

/** The button on a user's row, with its panel. */
export function SignInAsButton({ whom }: { whom: ActAs }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={VenetianMask} onClick={() => setOpen(true)}>
        Sign in as
      </Button>
      {open && <SignInAsPanel whom={whom} onClose={() => setOpen(false)} />}
    </>
  );
}

type Started = RouteResult<typeof impersonationsStart>;

interface SignInAsProps {
  readonly whom: ActAs;
  readonly onClose: () => void;
}

function SignInAsPanel({ whom, onClose }: SignInAsProps) {
  return (
    <SidePanel
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Sign in as ${whom.name}`}
      description={`at ${whom.serviceName}`}
    >
      <SignInAs whom={whom} onClose={onClose} />
    </SidePanel>
  );
}

/** Asks for a fresh proof and a reason, begins the session, and opens it in a tab of its own: what a panel holds. */
export function SignInAs({ whom, onClose }: SignInAsProps) {
  const proof = useQuery({ ...reading(stepUpRead, {}), staleTime: 0 });
  const [started, setStarted] = useState<Started>();
  const refresh = () => queryClient.invalidateQueries({ queryKey: reading(stepUpRead, {}).queryKey });
  if (started) return <Ready started={started} whom={whom} onClose={onClose} />;
  if (proof.error && !proof.data)
    return <ErrorState failure={failureOf(proof.error)} onRetry={() => void proof.refetch()} />;
  if (!proof.data) return <Skeleton className="h-40" />;
  if (proof.data.freshUntil === null)
    return (
      <StepUp
        // Whoever had nothing to prove it by begins anew, once they have.
        key={proof.data.methods.length}
        methods={proof.data.methods}
        factorsUrl={proof.data.factorsUrl}
        purpose={`to act as ${whom.name}`}
        onDone={async () => void (await refresh())}
      />
    );
  return <StartForm whom={whom} onStarted={setStarted} onStale={() => void refresh()} onClose={onClose} />;
}

interface StartFormProps {
  readonly whom: ActAs;
  readonly onStarted: (started: Started) => void;
  /** The proof ran out meanwhile. */
  readonly onStale: () => void;
  readonly onClose: () => void;
}

function StartForm({ whom, onStarted, onStale, onClose }: StartFormProps) {
  const { form, busy, problem, submit, error } = useRouteForm(impersonationsStart, {
    values: { reason: '', allowWrites: false },
    toInput: ({ reason, allowWrites }) => ({
      body: {
        serviceId: whom.serviceId,
        rowId: whom.rowId,
        userId: whom.userId,
        label: whom.name,
        reason,
        allowWrites,
      },
    }),
    onDone: onStarted,
  });
  if (problem instanceof CallError && problem.code === 'step_up_required') onStale();
  const allowWrites = form.watch('allowWrites');
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field
        label="Reason"
        error={error('reason')}
        help="Kept in the activity, with your name. The product is told it, too."
      >
        <Textarea rows={3} {...form.register('reason')} />
      </Field>
      <div className="flex flex-col gap-1">
        <Checkbox
          checked={allowWrites}
          onChange={(checked) => form.setValue('allowWrites', checked)}
          label="Allow changes"
        />
        <p className="pl-6 text-12 text-muted">
          {allowWrites
            ? `What you change there is changed for ${whom.name}.`
            : 'You can look at everything and change nothing.'}
        </p>
      </div>
      <p className="text-13 text-muted">
        It lasts 30 minutes at the most, and ends with your console session or from the list of sessions.
      </p>
      <FormProblem error={problem} />
      <div className="flex justify-end gap-2 pt-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy}>
          Begin session
        </Button>
      </div>
    </form>
  );
}

/**
 * The session stands and waits for a click: a tab that opens by itself after an answer is what browsers block, and whether
 * one was opened a page without an opener can't know.
 */
function Ready({ started, whom, onClose }: { started: Started; whom: ActAs; onClose: () => void }) {
  const { session, url } = started;
  const open = () => {
    window.open(url, '_blank', 'noopener,noreferrer');
    onClose();
  };
  return (
    <div className="flex flex-col gap-4" role="status">
      <p className="text-14">
        Your session as <strong className="font-semibold">{whom.name}</strong> is ready:{' '}
        {session.allowWrites ? 'changes are allowed' : 'read-only'}, until{' '}
        {session.expiresAt.toLocaleTimeString(undefined, { timeStyle: 'short' })}.
      </p>
      <p className="text-13 text-muted">
        The link works once, within a minute. A banner in the product is a hint; who acts as whom now is told
        by the{' '}
        <Link to="/impersonation" className="rounded-[4px] text-link hover:underline">
          list of sessions
        </Link>
        .
      </p>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Not now</Button>
        <Button kind="primary" autoFocus onClick={open}>
          Open in a new tab
        </Button>
      </div>
    </div>
  );
}
