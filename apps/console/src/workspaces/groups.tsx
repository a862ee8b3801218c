import {
  type Group,
  groupsCreate,
  groupsDelete,
  groupsList,
  groupsUpdate,
  type WorkspaceDetail,
} from '@castellan/contract';
import {
  Button,
  type Column,
  ConfirmDialog,
  EmptyState,
  Field,
  Input,
  RelativeTime,
  SearchBox,
  SidePanel,
  Textarea,
} from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Plus, UsersRound } from 'lucide-react';
import { useState } from 'react';
import { Simulation } from '../access/simulation.tsx';
import { listing } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { useList } from '../api/use-list.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Toolbar } from '../frame/page.tsx';
import { GroupMembers } from './group-members.tsx';

const route = getRouteApi('/frame/workspaces/$id');
const groupsOf = (id: string, search?: string) =>
  listing(groupsList, { params: { id }, query: { search: search || undefined } });

const columns: readonly Column<Group>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: (group) => (
      <Link
        data-row-link
        to="."
        search={(held) => ({ ...held, tab: 'groups' as const, group: group.id })}
        className="block truncate rounded-[4px] font-medium"
      >
        {group.name}
      </Link>
    ),
  },
  {
    id: 'description',
    header: 'Description',
    from: 'md',
    cell: (group) => <span className="text-muted">{group.description}</span>,
  },
  {
    id: 'members',
    header: 'Members',
    width: '96px',
    align: 'end',
    cell: (group) => group.memberCount.toLocaleString(),
  },
  {
    id: 'created',
    header: 'Created',
    width: '144px',
    from: 'md',
    cell: (group) => <RelativeTime at={group.createdAt} />,
  },
];

/** The groups of a workspace; one of them open in a panel with its members. */
export function Groups({ workspace }: { workspace: WorkspaceDetail }) {
  const { search, group: openId } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useList(groupsOf(workspace.id, search));
  const [creating, setCreating] = useState(false);
  const open = list.rows?.find(({ id }) => id === openId) ?? workspace.groups.find(({ id }) => id === openId);
  const onSearch = (text: string) =>
    void navigate({ search: (held) => ({ ...held, search: text || undefined }), replace: true });
  const close = () => void navigate({ search: (held) => ({ ...held, group: undefined }) });
  return (
    <div className="flex h-[min(720px,calc(100dvh-160px))] min-h-80 flex-col">
      <Toolbar>
        <SearchBox label="Search groups" value={search ?? ''} onChange={onSearch} />
        <Button icon={Plus} className="ml-auto" onClick={() => setCreating(true)}>
          Create group
        </Button>
      </Toolbar>
      <ListTable
        label="Groups"
        columns={columns}
        rowId={(group) => group.id}
        rowsAreLinks
        rowHeight={40}
        list={list}
        what="groups"
        onClear={search ? () => onSearch('') : undefined}
        empty={
          <EmptyState
            icon={UsersRound}
            title="There is no group yet"
            action={<Button onClick={() => setCreating(true)}>Create the first one</Button>}
          >
            A group holds members who are meant together: a team, a shift, a project.
          </EmptyState>
        }
      />
      {creating && <GroupPanel workspaceId={workspace.id} onClose={() => setCreating(false)} />}
      {open && <OpenGroup workspace={workspace} group={open} onClose={close} />}
    </div>
  );
}

function OpenGroup(props: { workspace: WorkspaceDetail; group: Group; onClose: () => void }) {
  const { workspace, group, onClose } = props;
  const [state, setState] = useState<'members' | 'edit' | 'delete'>('members');
  const remove = useAction(groupsDelete, {
    done: () => ({ title: `The group ${group.name} is deleted` }),
    onDone: onClose,
  });
  if (state === 'edit')
    return <GroupPanel workspaceId={workspace.id} group={group} onClose={() => setState('members')} />;
  return (
    <SidePanel
      wide
      open
      onOpenChange={(next) => !next && onClose()}
      title={group.name}
      description={group.description || `A group of ${workspace.name}`}
      footer={
        <>
          <Button onClick={() => setState('delete')}>Delete group</Button>
          <Button onClick={() => setState('edit')}>Edit</Button>
        </>
      }
    >
      <GroupMembers workspaceId={workspace.id} group={group} />
      <ConfirmDialog
        open={state === 'delete'}
        onOpenChange={(next) => !next && setState('members')}
        title={`Delete the group ${group.name}?`}
        losses={[
          `The group with ${group.memberCount.toLocaleString()} ${group.memberCount === 1 ? 'member' : 'members'}`,
          'The roles that the group holds, and what is shared with it',
        ]}
        keeps={['The members themselves, in the workspace with their roles']}
        action="Delete group"
        busy={remove.isPending}
        onConfirm={() => remove.mutate({ params: { id: group.id } })}
      >
        <Simulation change={{ kind: 'group_deleted', group_id: group.id }} />
      </ConfirmDialog>
    </SidePanel>
  );
}

function GroupPanel(props: { workspaceId: string; group?: Group; onClose: () => void }) {
  const { workspaceId, group, onClose } = props;
  const values = { name: group?.name ?? '', description: group?.description ?? '' };
  const create = useRouteForm(groupsCreate, {
    values,
    toInput: (body) => ({ params: { id: workspaceId }, body }),
    done: (created) => ({ title: `The group ${created.name} is created` }),
    onDone: onClose,
  });
  const update = useRouteForm(groupsUpdate, {
    values,
    toInput: (body) => ({ params: { id: group?.id ?? '' }, body }),
    done: () => ({ title: 'The group is saved' }),
    onDone: onClose,
  });
  const { form, busy, problem, submit, error } = group ? update : create;
  return (
    <SidePanel
      open
      onOpenChange={(next) => !next && onClose()}
      title={group ? `Edit ${group.name}` : 'Create a group'}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label="Name" error={error('name')}>
          <Input autoComplete="off" {...form.register('name')} />
        </Field>
        <Field label="Description" optional error={error('description')}>
          <Textarea {...form.register('description')} />
        </Field>
        <FormProblem error={problem} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {group ? 'Save' : 'Create group'}
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}
