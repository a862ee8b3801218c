import {
  type Service,
  serviceCallsAllow,
  serviceCallsList,
  serviceCallsWithdraw,
  servicesList,
} from '@castellan/contract';
import {
  Button,
  Card,
  ConfirmDialog,
  EmptyState,
  ErrorState,
  Field,
  Input,
  Picker,
  type PickerOption,
  SidePanel,
  Skeleton,
} from '@castellan/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { CallError } from '../api/call.ts';
import { failureOf } from '../api/failure.ts';
import { reading } from '../api/queries.ts';
import { failureToast, useAction } from '../api/use-action.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { secretRow } from './secret-row.ts';

/** The query of the services that this one may call. */
export const calleesOf = (id: string) => reading(serviceCallsList, { params: { id } });

/** The services that this one may call in the name of the people who called it (token exchange, RFC 8693). */
export function ServiceCalls({ service }: { service: Service }) {
  const [adding, setAdding] = useState(false);
  const [withdrawing, setWithdrawing] = useState<{ readonly id: string; readonly name: string }>();
  const { data, error, refetch } = useQuery(calleesOf(service.id));
  const withdraw = useAction(serviceCallsWithdraw, {
    showsErrors: true,
    done: () => ({ title: 'The calls are not allowed any more', detail: 'Tokens for them end at once.' }),
    onDone: () => setWithdrawing(undefined),
  });
  const failure = withdraw.error && failureToast(withdraw.error);
  return (
    <Card
      flush
      title="Calls to other services"
      description="In the name of the people who use this one"
      actions={
        <Button small icon={Plus} onClick={() => setAdding(true)}>
          Allow a service
        </Button>
      }
    >
      {error ? (
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton className="m-4 h-10" />
      ) : data.items.length === 0 ? (
        <EmptyState compact title="No other service">
          It can exchange a person’s token for none of another service.
        </EmptyState>
      ) : (
        <ul>
          {data.items.map((callee) => (
            <li key={callee.id} className={secretRow}>
              <Link
                to="/services/$id"
                params={{ id: callee.id }}
                className="min-w-0 flex-1 truncate rounded-[4px] text-14 text-link hover:underline"
              >
                {callee.name}
              </Link>
              {callee.scopes && (
                <span className="min-w-0 truncate font-mono text-13 text-faint">
                  {callee.scopes.join(' ') || 'no scopes'}
                </span>
              )}
              <Button small onClick={() => setWithdrawing(callee)}>
                Withdraw<span className="sr-only"> calls to {callee.name}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {adding && (
        <AllowPanel
          service={service}
          held={data?.items.map(({ id }) => id) ?? []}
          onClose={() => setAdding(false)}
        />
      )}
      <ConfirmDialog
        open={withdrawing !== undefined}
        onOpenChange={(open) => !open && setWithdrawing(undefined)}
        title={`Withdraw calls to ${withdrawing?.name ?? ''}?`}
        losses={[
          `Every call that ${service.name} makes to ${withdrawing?.name ?? ''} for somebody, from the next one on`,
        ]}
        keeps={['Both services, and what people are signed in to']}
        action="Withdraw"
        busy={withdraw.isPending}
        error={failure && `${failure.title}. ${failure.detail}`}
        onConfirm={() => withdrawing && withdraw.mutate({ params: { id: service.id, cid: withdrawing.id } })}
      />
    </Card>
  );
}

function AllowPanel(props: {
  readonly service: Service;
  readonly held: readonly string[];
  readonly onClose: () => void;
}) {
  const { service, held, onClose } = props;
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<PickerOption | null>(null);
  const [problem, setProblem] = useState<string>();
  const [scopes, setScopes] = useState('');
  const found = useQuery({
    ...reading(servicesList, { query: { search: search || undefined, pageSize: 50 } }),
    placeholderData: keepPreviousData,
  });
  const allow = useAction(serviceCallsAllow, {
    showsErrors: true,
    done: () => ({ title: `${service.name} may call ${chosen?.label ?? 'it'}` }),
    onDone: onClose,
  });
  const wrongScopes =
    allow.error instanceof CallError
      ? allow.error.fields.find(({ field }) => field === 'scopes')?.message
      : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const only = scopes.split(/\s+/).filter(Boolean);
    if (chosen)
      allow.mutate({
        params: { id: service.id, cid: chosen.id },
        body: { scopes: only.length > 0 ? only : null },
      });
    else setProblem('Choose the service that is to be called.');
  };
  return (
    <SidePanel
      open
      onOpenChange={(open) => !open && onClose()}
      title="Allow calls to a service"
      description={service.name}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <p className="text-14">
          {service.name} can then exchange a token that a person called it with for one of the other service.
          It says no more than the first one did, names both services, and ends with it.
        </p>
        <Field label="Service" error={problem}>
          <Picker
            placeholder="Search services"
            nothing="No service matches"
            value={chosen}
            search={search}
            onSearch={setSearch}
            onChange={(option) => {
              setChosen(option);
              setProblem(undefined);
            }}
            options={found.data?.items
              .filter(({ id }) => id !== service.id && !held.includes(id))
              .map(({ id, name, description }) => ({ id, label: name, hint: description }))}
          />
        </Field>
        <Field
          label="Scopes it may have there"
          optional
          error={wrongScopes}
          help="With blanks between them. Without any, all that the person’s token allows."
        >
          <Input
            spellCheck={false}
            className="font-mono text-13"
            value={scopes}
            onChange={({ target }) => setScopes(target.value)}
          />
        </Field>
        {wrongScopes === undefined && <FormProblem error={allow.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={allow.isPending}>
            Allow calls
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}
