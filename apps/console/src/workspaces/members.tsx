import {
  type Member,
  membersInvite,
  membersList,
  membersRemove,
  membersUpdate,
  type WorkspaceDetail,
  type WorkspaceRole,
  workspaceRoles,
} from '@castellan/contract';
import {
  Button,
  type Column,
  ConfirmDialog,
  EmptyState,
  Field,
  FilterMenu,
  IconButton,
  Input,
  RelativeTime,
  SearchBox,
  Select,
  SidePanel,
} from '@castellan/ui';
import { Link } from '@tanstack/react-router';
import { UserMinus, UserPlus, Users } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Simulation } from '../access/simulation.tsx';
import type { CallInput } from '../api/call.ts';
import { listing } from '../api/queries.ts';
import { failureToast, useAction } from '../api/use-action.ts';
import { useList } from '../api/use-list.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Toolbar } from '../frame/page.tsx';
import { Person, roleLabels, StateBadge } from '../people/labels.tsx';

export interface MembersProps {
  readonly workspace: WorkspaceDetail;
  readonly search: string | undefined;
  readonly role: WorkspaceRole | undefined;
  readonly onShow: (change: { search?: string | undefined; role?: WorkspaceRole | undefined }) => void;
  readonly onInvite: () => void;
}

/** The query of a workspace's members. */
export const membersOf = (id: string, search?: string, role?: WorkspaceRole) =>
  listing(membersList, { params: { id }, query: { search: search || undefined, role } });

/** Who is in a workspace, and with which role. */
export function Members({ workspace, search, role, onShow, onInvite }: MembersProps) {
  const list = useList(membersOf(workspace.id, search, role));
  const [leaving, setLeaving] = useState<Member>();
  const columns = useMemo(() => memberColumns(workspace.id, setLeaving), [workspace.id]);
  const remove = useAction(membersRemove, {
    showsErrors: true,
    done: () => ({ title: `${leaving?.name} is no longer in ${workspace.name}` }),
    onDone: () => setLeaving(undefined),
  });
  const failure = remove.error && failureToast(remove.error);
  const onSearch = (text: string) => onShow({ search: text || undefined, role });
  return (
    <div className="flex h-[min(720px,calc(100dvh-160px))] min-h-80 flex-col">
      <Toolbar>
        <SearchBox label="Search members" value={search ?? ''} onChange={onSearch} />
        <FilterMenu
          label="Role"
          choices={workspaceRoles.map((value) => ({ value, label: roleLabels[value] }))}
          value={role}
          onChange={(value) => onShow({ search, role: value as WorkspaceRole | undefined })}
        />
      </Toolbar>
      <ListTable
        label="Members"
        columns={columns}
        rowId={(member) => member.userId}
        rowsAreLinks
        list={list}
        what="members"
        onClear={search || role ? () => onShow({ search: undefined, role: undefined }) : undefined}
        empty={
          <EmptyState
            icon={Users}
            title="Nobody is in this workspace yet"
            action={
              <Button icon={UserPlus} onClick={onInvite}>
                Invite a member
              </Button>
            }
          >
            Make the first one an owner, so that somebody can look after it.
          </EmptyState>
        }
      />
      <ConfirmDialog
        open={leaving !== undefined}
        onOpenChange={(open) => {
          if (open) return;
          remove.reset();
          setLeaving(undefined);
        }}
        title={`Remove ${leaving?.name} from ${workspace.name}?`}
        losses={[
          'Their roles and groups in this workspace, and what is shared with them there',
          'Their sessions in this workspace: services refuse the next call',
        ]}
        keeps={['The account and every other workspace']}
        action="Remove"
        busy={remove.isPending}
        error={failure && `${failure.title}. ${failure.detail}`}
        onConfirm={() => leaving && remove.mutate({ params: { id: workspace.id, uid: leaving.userId } })}
      >
        <Simulation
          change={leaving && { kind: 'member_removed', workspace_id: workspace.id, user_id: leaving.userId }}
        />
      </ConfirmDialog>
    </div>
  );
}

const memberColumns = (workspaceId: string, onLeave: (member: Member) => void): readonly Column<Member>[] => [
  {
    id: 'name',
    header: 'Name',
    cell: (member) => (
      <Link data-row-link to="/users/$id" params={{ id: member.userId }} className="block rounded-[4px]">
        <Person name={member.name} email={member.email} />
      </Link>
    ),
  },
  {
    id: 'state',
    header: 'State',
    width: '128px',
    from: 'md',
    cell: (member) => <StateBadge state={member.state} />,
  },
  {
    id: 'joined',
    header: 'Joined',
    width: '144px',
    from: 'lg',
    cell: (member) => <RelativeTime at={member.joinedAt} />,
  },
  {
    id: 'role',
    header: 'Role',
    width: '120px',
    cell: (member) => <MemberRole workspaceId={workspaceId} member={member} />,
  },
  {
    id: 'remove',
    header: 'Remove',
    hideHeader: true,
    width: '52px',
    cell: (member) => (
      <IconButton small icon={UserMinus} label={`Remove ${member.name}`} onClick={() => onLeave(member)} />
    ),
  },
];

const withRole = ({ params, body }: CallInput<typeof membersUpdate>) => ({
  routeId: membersList.id,
  patch: (row: unknown) =>
    (row as Member).userId === params.uid ? { ...(row as Member), role: body.role } : row,
});

/** The role in a select; a change is asked about first, with who gains and loses what by it (P11). */
function MemberRole({ workspaceId, member }: { workspaceId: string; member: Member }) {
  const undo = useAction(membersUpdate, {
    done: (changed) => ({ title: `${changed.name} is ${roleLabels[changed.role].toLowerCase()} again` }),
    patchRows: withRole,
  });
  const update = useAction(membersUpdate, {
    showsErrors: true,
    onDone: () => setNext(undefined),
    done: (changed, { params }) => ({
      title: `${changed.name} is now ${roleLabels[changed.role].toLowerCase()}`,
      action: { label: 'Undo', run: () => undo.mutate({ params, body: { role: member.role } }) },
    }),
    patchRows: withRole,
  });
  const [next, setNext] = useState<WorkspaceRole>();
  const failure = update.error && failureToast(update.error);
  return (
    <>
      <Select
        small
        aria-label={`Role of ${member.name}`}
        value={next ?? member.role}
        onChange={(event) => setNext(event.target.value as WorkspaceRole)}
      >
        {workspaceRoles.map((role) => (
          <option key={role} value={role}>
            {roleLabels[role]}
          </option>
        ))}
      </Select>
      {next && (
        <ConfirmDialog
          open
          danger={false}
          onOpenChange={(open) => {
            if (open) return;
            update.reset();
            setNext(undefined);
          }}
          title={`Change the role of ${member.name} to ${roleLabels[next].toLowerCase()}?`}
          action="Change role"
          busy={update.isPending}
          error={failure && `${failure.title}. ${failure.detail}`}
          onConfirm={() =>
            update.mutate({ params: { id: workspaceId, uid: member.userId }, body: { role: next } })
          }
        >
          <Simulation
            change={{
              kind: 'member_role_changed',
              workspace_id: workspaceId,
              user_id: member.userId,
              role: next,
            }}
          />
        </ConfirmDialog>
      )}
    </>
  );
}

/** Adds somebody to a workspace by e-mail, with or without an account. */
export function InviteMemberPanel({
  workspace,
  onClose,
}: {
  workspace: WorkspaceDetail;
  onClose: () => void;
}) {
  const { form, busy, problem, submit, error } = useRouteForm(membersInvite, {
    values: { email: '', name: '', role: 'viewer' as WorkspaceRole },
    toInput: ({ email, name, role }) => ({
      params: { id: workspace.id },
      body: { email: email.toLowerCase(), role, ...(name ? { name } : {}) },
    }),
    done: (member) => ({
      title: `${member.name} is in ${workspace.name}`,
      detail: member.state === 'invited' ? 'They get a link to set a password.' : undefined,
    }),
    onDone: onClose,
  });
  return (
    <SidePanel
      open
      onOpenChange={(open) => !open && onClose()}
      title="Invite a member"
      description={`To ${workspace.name}. Who has no account gets one, and a link to set a password.`}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label="E-mail" error={error('email')}>
          <Input type="email" autoComplete="off" {...form.register('email')} />
        </Field>
        <Field label="Name" optional error={error('name')} help="Used when they have no account yet.">
          <Input autoComplete="off" {...form.register('name')} />
        </Field>
        <Field label="Role" error={error('role')}>
          <Select {...form.register('role')}>
            {workspaceRoles.map((role) => (
              <option key={role} value={role}>
                {roleLabels[role]}
              </option>
            ))}
          </Select>
        </Field>
        <FormProblem error={problem} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            Invite
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}
