import {
  type Approval,
  approvalsApprove,
  approvalsRead,
  approvalsRefuse,
  productsIntent,
} from '@castellan/contract';
import {
  Badge,
  Button,
  CopyId,
  DefinitionList,
  ErrorState,
  Field,
  type Meaning,
  RelativeTime,
  Skeleton,
  Textarea,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { reading } from '../api/queries.ts';
import { session } from '../api/session.ts';
import { useAction } from '../api/use-action.ts';
import { Answer } from './action-panel.tsx';
import { Outcome } from './bulk-rows.tsx';
import { wordsOf } from './json-form.ts';
import { Problem } from './problem.tsx';
import { BulkAnswer } from './queries.ts';
import { ScrollBlock } from './scroll-block.tsx';

/** The states of an approval, in words and meanings. */
export const stateWords: Readonly<Record<Approval['state'], readonly [label: string, meaning: Meaning]>> = {
  open: ['Waits for a yes', 'warning'],
  approved: ['Approved', 'success'],
  refused: ['Refused', 'danger'],
  used: ['Used', 'neutral'],
  expired: ['Ran out', 'neutral'],
};

/** One approval's state as a badge. */
export function ApprovalState({ state }: Pick<Approval, 'state'>) {
  const [label, meaning] = stateWords[state];
  return (
    <Badge dot meaning={meaning}>
      {label}
    </Badge>
  );
}

/** What is asked for in words: "Delete", "Refund", "Change". */
export function verbOf({ intent }: Pick<Approval, 'intent'>): string {
  const payload = payloadOf(intent.payload);
  if (intent.command === 'bulk_run') return wordsOf(String(payload.action ?? 'change'));
  return wordsOf(intent.command ?? intent.action);
}

/** What it is about: its rows by name, or the model. */
export function targetOf({ rows, intent }: Pick<Approval, 'rows' | 'intent'>): string {
  const [first] = rows;
  if (!first) return intent.id === undefined ? intent.model : `${intent.model} ${intent.id}`;
  return rows.length === 1
    ? `${intent.model} ${first.label ?? first.id}`
    : `${rows.length.toLocaleString()} rows of ${intent.model}`;
}

const payloadOf = (payload: unknown): Readonly<Record<string, unknown>> =>
  typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {};

/** The parameters that a yes would be for; rows and versions stand apart. */
function parametersOf(intent: Approval['intent']): Readonly<Record<string, unknown>> {
  const { rows: _, version: __, action: ___, values, ...rest } = payloadOf(intent.payload);
  return intent.command === 'bulk_run' || 'values' in payloadOf(intent.payload)
    ? { ...payloadOf(values), ...rest }
    : payloadOf(intent.payload);
}

/** One approval: who asks for what and why, and the answer; whoever asked does it from here, once it is approved. */
export function ApprovalDetail({ id, onClose }: { id: string; onClose: () => void }) {
  const { data: approval, error, refetch } = useQuery(reading(approvalsRead, { params: { id } }));
  const { data: me } = useQuery(session);
  // What the call answered stays to be read, after the approval is used.
  const [answer, setAnswer] = useState<{ readonly data: unknown }>();
  if (error && !approval) return <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />;
  if (!approval) return <Skeleton className="h-80 w-full" />;
  const parameters = parametersOf(approval.intent);
  const bulk =
    answer && approval.intent.command === 'bulk_run' ? BulkAnswer.safeParse(answer.data) : undefined;
  const isMine = me?.id === approval.requestedBy.id;
  return (
    <div className="flex flex-col gap-5">
      <p className="text-16">
        <span className="font-medium">{approval.requestedBy.name}</span> asks to{' '}
        <span className="font-medium">{verbOf(approval).toLowerCase()}</span> {targetOf(approval)}
      </p>
      <blockquote className="rounded-control border border-subtle bg-sunken px-3 py-2 text-14 break-words whitespace-pre-wrap">
        {approval.reason}
      </blockquote>
      {approval.canDecide && <Decision approval={approval} />}
      {approval.state === 'approved' && isMine && <Run approval={approval} onAnswer={setAnswer} />}
      {bulk?.success ? (
        <Outcome
          outcome={bulk.data}
          rows={approval.rows.map(({ id: row, label, version }) => ({
            id: row,
            label,
            version: version ?? '',
          }))}
          verb={verbOf(approval)}
          many={(count) => `${count.toLocaleString()} ${count === 1 ? 'row' : 'rows'}`}
          onClose={onClose}
        />
      ) : (
        answer && <Answer data={answer.data} />
      )}
      <DefinitionList
        items={[
          ['State', <ApprovalState key="state" state={approval.state} />],
          [
            'Product',
            <Link
              key="product"
              to="/products/$id"
              params={{ id: approval.serviceId }}
              className="rounded-[4px] text-link hover:underline"
            >
              {approval.serviceName}
            </Link>,
          ],
          ['Asked', <RelativeTime key="asked" at={approval.requestedAt} />],
          [
            approval.state === 'expired' ? 'Ran out' : 'Runs out',
            <RelativeTime key="ends" at={approval.expiresAt} />,
          ],
          ['Asked by', approval.requestedBy.email],
          ['Decided by', approval.decidedBy?.email ?? undefined],
          [
            'Decided',
            approval.decidedAt ? <RelativeTime key="decided" at={approval.decidedAt} /> : undefined,
          ],
          ['Note', approval.note || undefined],
          ...Object.entries(parameters).map(
            ([name, value]) =>
              [
                wordsOf(name),
                value === null
                  ? 'nothing'
                  : typeof value === 'object'
                    ? JSON.stringify(value)
                    : String(value),
              ] as const,
          ),
        ]}
      />
      {approval.rows.length > 0 && (
        <section>
          <h3 className="mb-2 text-13 font-medium">
            {approval.rows.length === 1 ? 'The row' : `The ${approval.rows.length.toLocaleString()} rows`}
          </h3>
          <ul
            aria-label="Rows"
            className="flex max-h-80 flex-col overflow-y-auto rounded-control border border-default"
          >
            {approval.rows.map((row) => (
              <li key={row.id} className="border-b border-subtle last:border-0">
                <Link
                  to="/products/$id/$model"
                  params={{ id: approval.serviceId, model: approval.intent.model }}
                  search={{ row: row.id }}
                  className="flex items-center gap-3 px-3 py-1.5 text-13 hover:bg-hover focus-visible:-outline-offset-2"
                >
                  <span className="min-w-0 flex-1 truncate">{row.label ?? row.id}</span>
                  <span className="max-w-32 truncate font-mono text-12 text-muted">{row.id}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      {isMine && approval.state === 'open' && <TakeBack approval={approval} />}
      <details className="rounded-control border border-subtle">
        <summary className="px-3 py-2 text-13 text-muted hover:text-primary">The exact call</summary>
        <ScrollBlock mono>{JSON.stringify(approval.intent, null, 2)}</ScrollBlock>
      </details>
      <p className="text-12 text-faint">
        Approval <CopyId value={approval.id} />
      </p>
    </div>
  );
}

function Decision({ approval }: { approval: Approval }) {
  const [note, setNote] = useState('');
  const approve = useAction(approvalsApprove, {
    showsErrors: true,
    done: () => ({ title: 'Approved', detail: `${approval.requestedBy.name} can do it now, once.` }),
  });
  const refuse = useAction(approvalsRefuse, { showsErrors: true, done: () => ({ title: 'Refused' }) });
  const input = { params: { id: approval.id }, body: note.trim() ? { note: note.trim() } : {} };
  const busy = approve.isPending || refuse.isPending;
  return (
    <div className="flex flex-col gap-3 rounded-control border border-default p-3">
      <Field label="Note" optional help={`${approval.requestedBy.name} reads it.`}>
        <Textarea rows={2} maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
      </Field>
      <p className="text-13 text-muted">
        A yes is for exactly what stands here. It works once and runs out{' '}
        <RelativeTime at={approval.expiresAt} />.
      </p>
      <Problem error={approve.error ?? refuse.error} product={approval.serviceName} />
      <div className="grid grid-cols-2 gap-2">
        <Button busy={refuse.isPending} disabled={busy} onClick={() => refuse.mutate(input)}>
          Refuse
        </Button>
        <Button kind="primary" busy={approve.isPending} disabled={busy} onClick={() => approve.mutate(input)}>
          Approve
        </Button>
      </div>
    </div>
  );
}

/** Makes the approved call, once. */
function Run({ approval, onAnswer }: { approval: Approval; onAnswer: (answer: { data: unknown }) => void }) {
  const run = useAction(productsIntent, {
    showsErrors: true,
    done: () => ({ title: `${verbOf(approval)}: done`, detail: targetOf(approval) }),
    onDone: ({ data }) => onAnswer({ data }),
  });
  return (
    <div className="flex flex-col gap-3 rounded-control border border-success-border bg-success-surface p-3">
      <p className="text-14">
        {approval.decidedBy?.name} said yes. You can do it once, until it runs out{' '}
        <RelativeTime at={approval.expiresAt} />.
      </p>
      <Problem error={run.error} product={approval.serviceName} />
      <Button
        kind="primary"
        busy={run.isPending}
        className="self-start"
        onClick={() =>
          run.mutate({
            params: { id: approval.serviceId },
            body: { ...approval.intent, approvalId: approval.id },
          })
        }
      >
        {verbOf(approval)} {targetOf(approval)}
      </Button>
    </div>
  );
}

function TakeBack({ approval }: { approval: Approval }) {
  const refuse = useAction(approvalsRefuse, { done: () => ({ title: 'You took it back' }) });
  return (
    <Button
      className="self-start"
      busy={refuse.isPending}
      onClick={() => refuse.mutate({ params: { id: approval.id }, body: {} })}
    >
      Take it back
    </Button>
  );
}
