import {
  permissionsRead,
  permissionsSetVisibility,
  type ResourcePermissionsDetail,
} from '@castellan/contract';
import {
  buttonClasses,
  Card,
  CopyId,
  DefinitionList,
  ErrorState,
  RelativeTime,
  Skeleton,
  Switch,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { CircleHelp } from 'lucide-react';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { Page } from '../frame/page.tsx';
import { VisibilityBadge } from '../permissions/labels.tsx';
import { Shares } from '../permissions/shares.tsx';
import { ActivityStrip, stripQuery } from '../timeline/activity-strip.tsx';

const resourceOf = (id: string) => reading(permissionsRead, { params: { id } });

/** Starts what the page shows, while its code is still on its way. */
export function load(id: string): void {
  void queryClient.prefetchQuery(resourceOf(id));
  void queryClient.prefetchQuery(stripQuery({ targetId: id }));
}

const route = getRouteApi('/frame/permissions/$id');
const breadcrumb = [
  <Link key="permissions" to="/permissions" className="rounded-[4px] hover:text-primary">
    Permissions
  </Link>,
];

/** One resource: whose it is, who sees it, with whom it is shared. */
export function PermissionPage() {
  const { id } = route.useParams();
  const { data, error, refetch } = useQuery(resourceOf(id));
  if (error && !data)
    return (
      <Page title="Resource" breadcrumb={breadcrumb}>
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      </Page>
    );
  if (!data)
    return (
      <Page title="Resource" breadcrumb={breadcrumb} description={<Skeleton className="mt-1 h-4 w-64" />}>
        <div aria-hidden className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px]">
          <Card className="h-60">{null}</Card>
          <Card className="h-60">{null}</Card>
        </div>
      </Page>
    );
  return <PermissionView key={data.id} resource={data} />;
}

function PermissionView({ resource }: { resource: ResourcePermissionsDetail }) {
  const { service, type, resourceId } = resource;
  return (
    <Page
      title={`${type} ${resourceId}`}
      breadcrumb={breadcrumb}
      badges={<VisibilityBadge visibility={resource.visibility} />}
      description={
        <>
          A resource of the service {service} in{' '}
          <Link
            to="/workspaces/$id"
            params={{ id: resource.workspaceId }}
            className="rounded-[4px] text-link underline"
          >
            {resource.workspaceName}
          </Link>
        </>
      }
      actions={
        <Link
          to="/explain"
          search={{ service, type, resource: resourceId, right: 'view' }}
          className={buttonClasses('secondary')}
        >
          <CircleHelp size={16} aria-hidden />
          Who may what
        </Link>
      }
    >
      {/* On a phone the activity comes last; on a desk it stands under the shares. */}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px] lg:grid-rows-[auto_1fr]">
        <Shares resource={resource} />
        <div className="flex min-w-0 flex-col gap-4 lg:row-span-2">
          <Visibility resource={resource} />
          <Facts resource={resource} />
        </div>
        <ActivityStrip filter={{ targetId: resource.id }} />
      </div>
    </Page>
  );
}

function Visibility({ resource }: { resource: ResourcePermissionsDetail }) {
  const params = { id: resource.id };
  const undo = useAction(permissionsSetVisibility, { done: () => ({ title: 'It is visible as before' }) });
  const change = useAction(permissionsSetVisibility, {
    done: (_, { body }) => ({
      title:
        body.visibility === 'workspace'
          ? `Every member of ${resource.workspaceName} can view it`
          : 'Only its owner, administrators and shares reach it',
      action: {
        label: 'Undo',
        run: () => undo.mutate({ params, body: { visibility: resource.visibility } }),
      },
    }),
  });
  const visibility = change.isPending ? change.variables.body.visibility : resource.visibility;
  return (
    <Card title="Visibility">
      <Switch
        label={`Visible to all of ${resource.workspaceName}`}
        help="Every member can view it, editors can edit it. Switched off, only its owner, the workspace’s administrators and those it is shared with reach it."
        checked={visibility === 'workspace'}
        disabled={change.isPending}
        onChange={(on) => change.mutate({ params, body: { visibility: on ? 'workspace' : 'private' } })}
      />
    </Card>
  );
}

function Facts({ resource }: { resource: ResourcePermissionsDetail }) {
  const { id, ownerId, ownerName, createdAt, updatedAt } = resource;
  return (
    <Card title="Facts">
      <DefinitionList
        items={[
          [
            'Owner',
            ownerId === null ? (
              <span key="owner" className="text-muted">
                Nobody
              </span>
            ) : (
              <Link
                key="owner"
                to="/users/$id"
                params={{ id: ownerId }}
                className="rounded-[4px] text-link hover:underline"
              >
                {ownerName}
              </Link>
            ),
          ],
          ['Service', resource.service],
          [
            'Type',
            <span key="type" className="font-mono text-13">
              {resource.type}
            </span>,
          ],
          ['Id there', <CopyId key="key" value={resource.resourceId} />],
          ['Registered', <RelativeTime key="created" at={createdAt} />],
          ['Last changed', <RelativeTime key="updated" at={updatedAt} />],
          ['Id', <CopyId key="id" value={id} shown={`${id.slice(0, 8)}…${id.slice(-6)}`} />],
        ]}
      />
    </Card>
  );
}
