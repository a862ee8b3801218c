import type { UserState, WorkspaceRole } from '@castellan/contract';
import { Avatar, Badge, type Meaning } from '@castellan/ui';

/** The states of a user as pages name them. */
export const stateLabels: Record<UserState, string> = {
  active: 'Active',
  invited: 'Invited',
  deactivated: 'Deactivated',
};
const stateMeanings: Record<UserState, Meaning> = {
  active: 'success',
  invited: 'info',
  deactivated: 'neutral',
};

/** A user's state. */
export function StateBadge({ state }: { state: UserState }) {
  return (
    <Badge dot meaning={stateMeanings[state]}>
      {stateLabels[state]}
    </Badge>
  );
}

/** The workspace roles as pages name them, and what each may do. */
export const roleLabels: Record<WorkspaceRole, string> = {
  owner: 'Owner',
  admin: 'Admin',
  editor: 'Editor',
  viewer: 'Viewer',
};

/** Name with avatar, e-mail beneath: how a person stands in a list. */
export function Person({ name, email, badge }: { name: string; email: string; badge?: string | false }) {
  return (
    <span className="flex min-w-0 items-center gap-3">
      <Avatar name={name} />
      <span className="min-w-0">
        <span className="flex min-w-0 items-center gap-2">
          <span className="truncate font-medium">{name}</span>
          {badge && (
            <span className="hidden sm:block">
              <Badge>{badge}</Badge>
            </span>
          )}
        </span>
        <span className="block truncate text-12 text-muted">{email}</span>
      </span>
    </span>
  );
}
