import {
  groupsList,
  membersList,
  permissionsShare,
  permissionsUnshare,
  type ResourcePermission,
  type ResourcePermissionsDetail,
  type ResourceShare,
  resourcePermissions,
} from '@castellan/contract';
import {
  Avatar,
  Button,
  Card,
  EmptyState,
  Field,
  IconButton,
  Picker,
  type PickerOption,
  RelativeTime,
  Select,
  SidePanel,
} from '@castellan/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus, UsersRound, X } from 'lucide-react';
import { useState } from 'react';
import { reading } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { counted } from '../roles/words.ts';
import { permissionLabels } from './labels.tsx';

const granteeOf = ({ userId, groupId }: Pick<ResourceShare, 'userId' | 'groupId'>) =>
  userId ? { userId } : { groupId };

/** With whom a resource is shared: share it, change what a share allows, take it back. */
export function Shares({ resource }: { resource: ResourcePermissionsDetail }) {
  const [sharing, setSharing] = useState(false);
  const { shares, shareCount } = resource;
  return (
    <Card
      flush
      title="Shares"
      description={shareCount > 0 ? counted(shareCount, 'share') : undefined}
      actions={
        <Button small icon={Plus} onClick={() => setSharing(true)}>
          Share
        </Button>
      }
    >
      {shares.length === 0 ? (
        <EmptyState compact title="Shared with nobody">
          Share it with a member or a group of {resource.workspaceName}, to view or to edit. Its owner and the
          workspace’s administrators need no share.
        </EmptyState>
      ) : (
        <ul aria-label="Shares">
          {shares.map((share) => (
            <ShareRow key={share.userId ?? share.groupId} resource={resource} share={share} />
          ))}
        </ul>
      )}
      {shares.length < shareCount && (
        <p className="border-t border-subtle px-4 py-2 text-12 text-muted">
          The first {shares.length.toLocaleString()} of {shareCount.toLocaleString()} shares, people before
          groups.
        </p>
      )}
      {sharing && <SharePanel resource={resource} onClose={() => setSharing(false)} />}
    </Card>
  );
}

function ShareRow({ resource, share }: { resource: ResourcePermissionsDetail; share: ResourceShare }) {
  const params = { id: resource.id };
  const give = useAction(permissionsShare, {
    done: (_, { body }) => ({
      title: `${share.name} ${permissionLabels[body.permission].toLowerCase()} it`,
    }),
  });
  const take = useAction(permissionsUnshare, {
    done: () => ({
      title: `${share.name} has no share any more`,
      action: {
        label: 'Undo',
        run: () => give.mutate({ params, body: { ...granteeOf(share), permission: share.permission } }),
      },
    }),
  });
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-2 border-b border-subtle py-2 pr-2 pl-4 last:border-0">
      {share.userId ? (
        <Avatar name={share.name} />
      ) : (
        <span className="grid size-8 shrink-0 place-items-center rounded-full border border-default bg-sunken text-muted">
          <UsersRound size={16} aria-hidden />
        </span>
      )}
      <span className="min-w-0 flex-1 basis-24">
        {share.userId ? (
          <Link
            to="/users/$id"
            params={{ id: share.userId }}
            className="block truncate rounded-[4px] font-medium hover:underline"
          >
            {share.name}
          </Link>
        ) : (
          <Link
            to="/workspaces/$id"
            params={{ id: resource.workspaceId }}
            search={{ tab: 'groups', group: share.groupId }}
            className="block truncate rounded-[4px] font-medium hover:underline"
          >
            {share.name}
          </Link>
        )}
        <span className="block truncate text-12 text-muted">
          {share.userId ? 'Person' : 'Group'} · shared <RelativeTime at={share.createdAt} />
        </span>
      </span>
      <span className="w-28">
        <Select
          small
          aria-label={`What ${share.name} may do`}
          value={give.isPending ? give.variables.body.permission : share.permission}
          disabled={give.isPending || take.isPending}
          onChange={(event) =>
            give.mutate({
              params,
              body: { ...granteeOf(share), permission: event.target.value as ResourcePermission },
            })
          }
        >
          {resourcePermissions.map((permission) => (
            <option key={permission} value={permission}>
              {permissionLabels[permission]}
            </option>
          ))}
        </Select>
      </span>
      <IconButton
        small
        icon={X}
        label={`Take back the share of ${share.name}`}
        disabled={take.isPending}
        onClick={() => take.mutate({ params, query: granteeOf(share) })}
      />
    </li>
  );
}

/** Shares a resource with one person or group of its workspace. */
function SharePanel(props: { resource: ResourcePermissionsDetail; onClose: () => void }) {
  const { resource, onClose } = props;
  const [kind, setKind] = useState<'person' | 'group'>('person');
  const [chosen, setChosen] = useState<PickerOption | null>(null);
  const [permission, setPermission] = useState<ResourcePermission>('view');
  const [search, setSearch] = useState('');
  const at = {
    params: { id: resource.workspaceId },
    query: { search: search || undefined, pageSize: 20 },
  };
  const members = useQuery({
    ...reading(membersList, at),
    enabled: kind === 'person',
    placeholderData: keepPreviousData,
  });
  const groups = useQuery({
    ...reading(groupsList, at),
    enabled: kind === 'group',
    placeholderData: keepPreviousData,
  });
  const share = useAction(permissionsShare, {
    showsErrors: true,
    done: () => ({ title: `${chosen?.label} ${permissionLabels[permission].toLowerCase()} it` }),
    onDone: onClose,
  });
  return (
    <SidePanel
      open
      onOpenChange={(next) => !next && onClose()}
      title="Share the resource"
      description={`With somebody of ${resource.workspaceName}`}
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen && !share.isPending)
            share.mutate({
              params: { id: resource.id },
              body: { ...(kind === 'person' ? { userId: chosen.id } : { groupId: chosen.id }), permission },
            });
        }}
      >
        <Field label="With">
          <Select
            value={kind}
            onChange={(event) => {
              setKind(event.target.value as typeof kind);
              setChosen(null);
            }}
          >
            <option value="person">A person</option>
            <option value="group">A group</option>
          </Select>
        </Field>
        <Field label={kind === 'person' ? 'Person' : 'Group'}>
          <Picker
            placeholder={kind === 'person' ? 'Search by name or e-mail' : 'Search by name'}
            nothing={`No ${kind === 'person' ? 'member' : 'group'} of the workspace matches`}
            value={chosen}
            onChange={setChosen}
            search={search}
            onSearch={setSearch}
            options={
              kind === 'person'
                ? members.data?.items.map(({ userId, name, email }) => ({
                    id: userId,
                    label: name,
                    hint: email,
                  }))
                : groups.data?.items.map(({ id, name, memberCount }) => ({
                    id,
                    label: name,
                    hint: counted(memberCount, 'member'),
                  }))
            }
          />
        </Field>
        <Field label="What they may do" help="Who can edit can view, too.">
          <Select
            value={permission}
            onChange={(event) => setPermission(event.target.value as ResourcePermission)}
          >
            {resourcePermissions.map((one) => (
              <option key={one} value={one}>
                {permissionLabels[one]}
              </option>
            ))}
          </Select>
        </Field>
        <FormProblem error={share.error} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={!chosen} busy={share.isPending}>
            Share
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}
