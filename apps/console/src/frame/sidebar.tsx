import { adminLogout } from '@castellan/contract';
import {
  Avatar,
  classNames,
  IconButton,
  Menu,
  MenuItem,
  MenuSeparator,
  ThemeMenuItems,
  Tooltip,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ChevronsUpDown, LogOut, PanelLeftClose, PanelLeftOpen, Search } from 'lucide-react';
import { queryClient } from '../api/queries.ts';
import { session } from '../api/session.ts';
import { useAction } from '../api/use-action.ts';
import { paletteKeys } from '../palette/use-palette.tsx';
import { Mark } from './mark.tsx';
import { placesFor } from './places.ts';

export interface SidebarProps {
  readonly collapsed: boolean;
  /** Absent where it can't be collapsed. */
  readonly onToggle?: () => void;
  /** Opens the command palette; absent where the frame has a button of its own for it. */
  readonly onSearch?: () => void;
  /** It is about to be opened. */
  readonly onMaySearch?: () => void;
}

/** The ways through the console, and at its foot who is signed in. */
export function Sidebar({ collapsed, onToggle, onSearch, onMaySearch }: SidebarProps) {
  const { data: me } = useQuery(session);
  const groups = me ? placesFor(me) : [];
  return (
    <div className="flex h-full flex-col">
      <div
        className={classNames('flex h-14 items-center gap-2.5', collapsed ? 'justify-center' : 'pr-2 pl-4')}
      >
        {!collapsed && (
          <>
            <Mark />
            <span className="flex-1 text-14 font-semibold">Castellan</span>
          </>
        )}
        {onToggle && (
          <IconButton
            small
            icon={collapsed ? PanelLeftOpen : PanelLeftClose}
            label={collapsed ? 'Show navigation' : 'Narrow navigation'}
            aria-expanded={!collapsed}
            onClick={onToggle}
          />
        )}
      </div>
      {onSearch && (
        <div className="px-2 pb-3">
          <button
            type="button"
            aria-label={collapsed ? 'Search everything' : undefined}
            aria-keyshortcuts="Control+K Meta+K"
            onClick={onSearch}
            onPointerEnter={onMaySearch}
            className={classNames(
              'flex h-8 w-full items-center gap-2.5 rounded-control border border-default bg-raised text-13 text-muted hover:text-primary',
              collapsed ? 'justify-center' : 'px-2',
            )}
          >
            <Search size={16} aria-hidden className="shrink-0" />
            {!collapsed && (
              <>
                <span className="flex-1 text-left">Search</span>
                <kbd className="font-mono text-12 text-faint">{paletteKeys}</kbd>
              </>
            )}
          </button>
        </div>
      )}
      <nav aria-label="Main" className="flex flex-1 flex-col gap-4 overflow-y-auto px-2 pb-4">
        {groups.map((group) => (
          <div key={group.links[0]?.label}>
            {group.label && (
              <p
                className={classNames(
                  'flex h-7 items-center px-2 text-12 text-faint',
                  collapsed && 'mx-1.5 h-2 border-t border-default px-0 text-transparent',
                )}
              >
                {!collapsed && group.label}
              </p>
            )}
            <ul className="flex flex-col gap-px">
              {group.links.map(({ icon: Icon, label, to }) => {
                const link = (
                  <Link
                    {...to}
                    activeOptions={{ exact: to.to === '/', includeSearch: false }}
                    aria-label={collapsed ? label : undefined}
                    className={classNames(
                      'flex h-8 items-center gap-2.5 rounded-control text-13 text-muted hover:bg-pressed hover:text-primary',
                      'aria-[current=page]:bg-pressed aria-[current=page]:font-medium aria-[current=page]:text-primary',
                      collapsed ? 'justify-center' : 'px-2',
                    )}
                  >
                    <Icon size={16} aria-hidden className="shrink-0" />
                    {!collapsed && label}
                  </Link>
                );
                return (
                  <li key={label}>
                    {collapsed ? (
                      <Tooltip text={label} side="right">
                        {link}
                      </Tooltip>
                    ) : (
                      link
                    )}
                  </li>
                );
              })}
            </ul>
          </div>
        ))}
      </nav>
      <SignedIn collapsed={collapsed} />
    </div>
  );
}

function SignedIn({ collapsed }: { collapsed: boolean }) {
  const { data: me } = useQuery(session);
  const navigate = useNavigate();
  const signOut = useAction(adminLogout, {
    onDone: () => {
      queryClient.clear();
      void navigate({ to: '/sign-in' });
    },
  });
  return (
    <div className="border-t border-subtle p-2">
      <Menu
        label="Your session and theme"
        align="start"
        side="top"
        trigger={
          <button
            type="button"
            aria-label={collapsed ? `${me?.name ?? 'You'}: session and theme` : undefined}
            className={classNames(
              'flex h-11 w-full items-center gap-2.5 rounded-control text-left hover:bg-pressed data-[state=open]:bg-pressed',
              collapsed ? 'justify-center' : 'px-2',
            )}
          >
            <Avatar name={me?.name ?? ''} size={24} />
            {!collapsed && (
              <>
                <span className="min-w-0 flex-1">
                  <span className="block truncate text-13 font-medium">{me?.name}</span>
                  <span className="block truncate text-12 text-muted">{me?.email}</span>
                </span>
                <ChevronsUpDown size={14} aria-hidden className="shrink-0 text-faint" />
              </>
            )}
          </button>
        }
      >
        <ThemeMenuItems />
        <MenuSeparator />
        <MenuItem icon={LogOut} onSelect={() => signOut.mutate({})}>
          Sign out
        </MenuItem>
      </Menu>
    </div>
  );
}
