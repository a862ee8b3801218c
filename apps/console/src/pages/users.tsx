import {
  castellanProductId,
  type User,
  type userSorts,
  userStates,
  usersExport,
  usersList,
  usersSetStates,
} from '@castellan/contract';
import {
  Button,
  buttonClasses,
  type Column,
  ConfirmDialog,
  EmptyState,
  FilterMenu,
  Menu,
  MenuItem,
  RelativeTime,
  SearchBox,
  SelectionBar,
} from '@castellan/ui';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Download, FileUp, Table2, UserPlus, Users } from 'lucide-react';
import { useCallback, useState } from 'react';
import { addressOf } from '../api/call.ts';
import { listing, queryClient } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { useList } from '../api/use-list.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Page, Toolbar, useHistoryKey } from '../frame/page.tsx';
import { InvitePanel } from '../people/invite-panel.tsx';
import { Person, StateBadge, stateLabels } from '../people/labels.tsx';

interface Search {
  readonly search?: string | undefined;
  readonly state?: (typeof userStates)[number] | undefined;
  readonly admin?: boolean | undefined;
  readonly sort?: (typeof userSorts)[number] | undefined;
}

const people = ({ search, state, admin, sort = '-created_at' }: Search) =>
  listing(usersList, { query: { search: search || undefined, state, isAdmin: admin, sort } });

/** Starts what the page shows, while its code is still on its way. */
export function load(search: Search): void {
  void queryClient.prefetchInfiniteQuery(people(search));
}

const columns: readonly Column<User>[] = [
  {
    id: 'name',
    header: 'Name',
    sort: 'name',
    cell: (user) => (
      <Link data-row-link to="/users/$id" params={{ id: user.id }} className="block rounded-[4px]">
        <Person name={user.name} email={user.email} badge={user.isAdmin && 'Administrator'} />
      </Link>
    ),
  },
  { id: 'state', header: 'State', width: '128px', cell: (user) => <StateBadge state={user.state} /> },
  {
    id: 'workspaces',
    header: 'Workspaces',
    width: '112px',
    align: 'end',
    from: 'lg',
    cell: (user) => user.workspaceCount.toLocaleString(),
  },
  {
    id: 'last_login',
    header: 'Last sign-in',
    sort: 'last_login_at',
    width: '152px',
    from: 'md',
    cell: (user) => <RelativeTime at={user.lastLoginAt} />,
  },
  {
    id: 'created',
    header: 'Created',
    sort: 'created_at',
    width: '152px',
    from: 'lg',
    cell: (user) => <RelativeTime at={user.createdAt} />,
  },
];

const route = getRouteApi('/frame/users');

/** Everyone with an account: find, filter, select, invite. */
export function UsersPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const historyKey = useHistoryKey();
  const list = useList(people(search));
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const narrowed = Boolean(search.search || search.state || search.admin !== undefined);

  const show = useCallback(
    (change: typeof search) => {
      setSelected(new Set());
      void navigate({ search: (held) => ({ ...held, ...change }), replace: true });
    },
    [navigate],
  );
  const onSearch = useCallback((text: string) => show({ search: text || undefined }), [show]);
  const clear = () => show({ search: undefined, state: undefined, admin: undefined });
  const invite = (open: boolean) =>
    void navigate({ search: (held) => ({ ...held, invite: open ? true : undefined }) });

  return (
    <Page
      fill
      title="Users"
      count={list.count}
      actions={
        <>
          <Button kind="primary" icon={UserPlus} onClick={() => invite(true)}>
            Invite people
          </Button>
          <Menu label="More for users">
            <MenuItem asChild>
              <Link to="/products/$id/$model" params={{ id: castellanProductId, model: 'User' }} search={{}}>
                <Table2 size={16} aria-hidden className="text-muted" />
                Filter by any column
              </Link>
            </MenuItem>
            <MenuItem asChild>
              <a href={addressOf(usersExport, { query: { state: search.state } })} download>
                <Download size={16} aria-hidden className="text-muted" />
                Export as CSV
              </a>
            </MenuItem>
          </Menu>
        </>
      }
    >
      <Toolbar>
        {selected.size > 0 ? (
          <BulkStates ids={selected} onClear={() => setSelected(new Set())} />
        ) : (
          <>
            <SearchBox label="Search by name or e-mail" value={search.search ?? ''} onChange={onSearch} />
            <FilterMenu
              label="State"
              choices={userStates.map((value) => ({ value, label: stateLabels[value] }))}
              value={search.state}
              onChange={(state) => show({ state: state as Search['state'] })}
            />
            <FilterMenu
              label="Administrator"
              choices={[
                { value: 'true', label: 'Yes' },
                { value: 'false', label: 'No' },
              ]}
              value={search.admin === undefined ? undefined : String(search.admin)}
              onChange={(admin) => show({ admin: admin === undefined ? undefined : admin === 'true' })}
            />
          </>
        )}
      </Toolbar>
      <ListTable
        // Another search or order is another list, from its top.
        key={JSON.stringify([search.search, search.state, search.admin, search.sort])}
        scrollKey={historyKey}
        label="Users"
        columns={columns}
        rowId={(user) => user.id}
        rowsAreLinks
        sort={search.sort ?? '-created_at'}
        onSort={(sort) => show({ sort: sort as Search['sort'] })}
        selection={{
          ids: selected,
          onChange: setSelected,
          label: (user) => `Select ${user.name}`,
        }}
        list={list}
        what="people"
        onClear={narrowed ? clear : undefined}
        empty={
          <EmptyState
            icon={Users}
            title="Nobody is here yet"
            action={
              <Link to="/import" className={buttonClasses('secondary')}>
                <FileUp size={16} aria-hidden />
                Import from a CSV file
              </Link>
            }
          >
            Everyone who can sign in to your products stands in this list. Invite people one by one, or import
            a file.
          </EmptyState>
        }
      />
      <InvitePanel open={search.invite === true} onClose={() => invite(false)} />
    </Page>
  );
}

function BulkStates({ ids, onClear }: { ids: ReadonlySet<string>; onClear: () => void }) {
  const [asking, setAsking] = useState(false);
  const setStates = useAction(usersSetStates, {
    done: ({ changed, unchanged }, { body }) => ({
      title: `${changed.toLocaleString()} ${changed === 1 ? 'person' : 'people'} ${body.isActive ? 'activated' : 'deactivated'}`,
      detail: unchanged > 0 ? `${unchanged.toLocaleString()} already were.` : undefined,
      ...(unchanged === 0 && {
        action: {
          label: 'Undo',
          run: () => setStates.mutate({ body: { ids: body.ids, isActive: !body.isActive } }),
        },
      }),
    }),
    patchRows: ({ body }) => {
      const changed = new Set(body.ids);
      return {
        routeId: usersList.id,
        patch: (row) =>
          changed.has((row as User).id)
            ? { ...(row as User), state: body.isActive ? 'active' : 'deactivated' }
            : row,
      };
    },
    onDone: () => {
      setAsking(false);
      onClear();
    },
  });
  const change = (isActive: boolean) => setStates.mutate({ body: { ids: [...ids], isActive } });
  const tooMany = ids.size > 1000;
  return (
    <SelectionBar count={ids.size} onClear={onClear}>
      <Button small disabled={tooMany} busy={setStates.isPending && !asking} onClick={() => change(true)}>
        Activate
      </Button>
      <Button small disabled={tooMany} onClick={() => setAsking(true)}>
        Deactivate
      </Button>
      {tooMany && <span className="text-muted">At most 1,000 at once.</span>}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Deactivate ${ids.size.toLocaleString()} ${ids.size === 1 ? 'person' : 'people'}?`}
        losses={['All their sessions end now', 'Their open invitations stop working']}
        keeps={['Accounts, workspaces and groups, so you can activate them again']}
        action="Deactivate"
        busy={setStates.isPending}
        onConfirm={() => change(false)}
      />
    </SelectionBar>
  );
}
