import {
  everyService,
  type OperatorGrant,
  type OperatorRecord,
  type OperatorRole,
  operatorRoles,
  operatorsChange,
  operatorsRemove,
} from '@castellan/contract';
import { Badge, ConfirmDialog, IconButton, RelativeTime, Select, SidePanel } from '@castellan/ui';
import { Link } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { queryClient } from '../api/queries.ts';
import type { Me } from '../api/reach.ts';
import { session } from '../api/session.ts';
import { failureToast, useAction } from '../api/use-action.ts';
import {
  isNow,
  operatorRoleLabels,
  operatorRoleMeanings,
  operatorRoleWords,
  serviceInSentence,
  serviceWords,
} from './role-words.ts';

const keyOf = ({ service }: Pick<OperatorGrant, 'service'>): string => service?.id ?? everyService;

/** Who just changed their own role is asked anew who they are: the sidebar follows. */
export function afterRoleChange(me: Me, userId: string): Promise<void> | undefined {
  return me.id === userId ? queryClient.invalidateQueries({ queryKey: session.queryKey }) : undefined;
}

/** The grants of one operator: each with its role, to change or take. */
export function OperatorPanel({
  operator,
  me,
  onClose,
}: {
  operator: OperatorRecord;
  me: Me;
  onClose: () => void;
}) {
  const [losing, setLosing] = useState<OperatorGrant>();
  const [wanted, setWanted] = useState<{ readonly grant: OperatorGrant; readonly role: OperatorRole }>();
  const onDone = async () => {
    setWanted(undefined);
    await afterRoleChange(me, operator.id);
  };
  const change = useAction(operatorsChange, {
    done: ({ grants }, { params, body }) => ({
      title: isNow(
        operator.name,
        body.role,
        grants.find((grant) => keyOf(grant) === params.scope)?.service ?? null,
      ),
    }),
    onDone,
  });
  const ask = (grant: OperatorGrant, role: OperatorRole) => {
    // Who gains or loses administration is asked about; the rest is one step back.
    if (grant.service === null && (role === 'owner' || grant.role === 'owner')) setWanted({ grant, role });
    else change.mutate({ params: { id: operator.id, scope: keyOf(grant) }, body: { role } });
  };
  return (
    <SidePanel
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={operator.name}
      description={operator.email}
    >
      <ul className="divide-y divide-subtle rounded-card border border-default">
        {operator.grants.map((grant) => (
          <li key={keyOf(grant)} className="flex flex-wrap items-start gap-x-3 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-48">
              <p className="truncate text-14 font-medium">{serviceWords(grant.service)}</p>
              <p className="text-12 text-muted">{operatorRoleWords[grant.role]}</p>
              {grant.grantedAt && (
                <p className="mt-1 text-12 text-faint">
                  Since <RelativeTime at={grant.grantedAt} />
                  {grant.grantedBy && `, last by ${grant.grantedBy.name}`}
                </p>
              )}
            </div>
            {grant.canChange ? (
              <div className="flex items-center gap-1.5">
                <Select
                  aria-label={`Role for ${serviceWords(grant.service)}`}
                  value={grant.role}
                  disabled={change.isPending}
                  onChange={(event) => ask(grant, event.target.value as OperatorRole)}
                >
                  {operatorRoles.map((role) => (
                    <option key={role} value={role}>
                      {operatorRoleLabels[role]}
                    </option>
                  ))}
                </Select>
                <IconButton
                  icon={Trash2}
                  label={`Remove the role for ${serviceWords(grant.service)}`}
                  onClick={() => setLosing(grant)}
                />
              </div>
            ) : (
              <Badge meaning={operatorRoleMeanings[grant.role]}>{operatorRoleLabels[grant.role]}</Badge>
            )}
          </li>
        ))}
      </ul>
      <p className="mt-3 text-13 text-muted">
        {operator.hiddenGrants > 0 && (
          <>
            {count(operator.hiddenGrants, 'role')} at services that you do not own{' '}
            {operator.hiddenGrants === 1 ? 'is' : 'are'} not shown.{' '}
          </>
        )}
        {me.admin && (
          <Link to="/users/$id" params={{ id: operator.id }} className="text-link hover:underline">
            Account of {operator.name}
          </Link>
        )}
      </p>
      {wanted && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setWanted(undefined)}
          danger={wanted.role !== 'owner'}
          title={
            wanted.role === 'owner'
              ? `Make ${operator.name} owner of every service?`
              : `Take administration from ${operator.name}?`
          }
          description={
            wanted.role === 'owner'
              ? 'Owners of every service administer Castellan: people, workspaces, services, and other operators.'
              : undefined
          }
          losses={
            wanted.role === 'owner'
              ? []
              : ['Everything in this console but products', sessionsEnd(operator.consoleSessions)]
          }
          keeps={
            wanted.role === 'owner'
              ? []
              : [`${operatorRoleLabels[wanted.role]} of every service, after a new sign-in`]
          }
          action={wanted.role === 'owner' ? 'Make owner of every service' : 'Take administration'}
          busy={change.isPending}
          onConfirm={() =>
            change.mutate({
              params: { id: operator.id, scope: keyOf(wanted.grant) },
              body: { role: wanted.role },
            })
          }
        />
      )}
      {losing && (
        <RemoveRole
          operator={operator}
          grant={losing}
          me={me}
          onDone={onClose}
          onClose={() => setLosing(undefined)}
        />
      )}
    </SidePanel>
  );
}

const count = (many: number, one: string) => `${many.toLocaleString()} ${one}${many === 1 ? '' : 's'}`;
const sessionsEnd = (sessions: number): string =>
  sessions === 0
    ? 'They can no longer sign in to this console'
    : `${count(sessions, 'console session')}: the next click is refused`;

/** Says what goes with a role before it is taken. */
function RemoveRole({
  operator,
  grant,
  me,
  onDone,
  onClose,
}: {
  operator: OperatorRecord;
  grant: OperatorGrant;
  me: Me;
  onDone: () => void;
  onClose: () => void;
}) {
  const remove = useAction(operatorsRemove, {
    showsErrors: true,
    done: () => ({ title: `${operator.name} is no operator of ${where} any more` }),
    onDone: async () => {
      onDone();
      await afterRoleChange(me, operator.id);
    },
  });
  const where = serviceInSentence(grant.service);
  const others = operator.grants.length - 1 + operator.hiddenGrants;
  const administers = grant.service === null && grant.role === 'owner';
  const failure = remove.error && failureToast(remove.error);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Remove ${operator.name} as ${operatorRoleLabels[grant.role].toLowerCase()} of ${where}?`}
      losses={[
        administers
          ? 'Everything in this console: people, workspaces, services and other operators'
          : `What they see and change of ${where} here, from their next click on`,
        ...(others === 0 || administers ? [sessionsEnd(operator.consoleSessions)] : []),
      ]}
      keeps={[
        ...(others > 0 ? [`${count(others, 'other role')} of theirs`] : []),
        'Their account, and what they do as a person in your products',
        'What they did, in the activity log',
      ]}
      action="Remove role"
      busy={remove.isPending}
      error={failure && `${failure.title}. ${failure.detail}`}
      onConfirm={() => remove.mutate({ params: { id: operator.id, scope: keyOf(grant) } })}
    />
  );
}
