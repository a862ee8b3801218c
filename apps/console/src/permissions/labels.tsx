import type { ResourcePermission, resourceRights, Visibility } from '@castellan/contract';
import { Badge } from '@castellan/ui';

/** Who sees a resource without a share, as pages name it. */
export const visibilityLabels: Record<Visibility, string> = {
  private: 'Private',
  workspace: 'Workspace',
};

/** Who sees a resource without a share. */
export function VisibilityBadge({ visibility }: { visibility: Visibility }) {
  return (
    <Badge meaning={visibility === 'workspace' ? 'info' : 'neutral'}>{visibilityLabels[visibility]}</Badge>
  );
}

/** What a share lets somebody do. */
export const permissionLabels: Record<ResourcePermission, string> = {
  view: 'Can view',
  edit: 'Can edit',
};

/** The rights to a resource, from least to most, in verbs. */
export const rightLabels: Record<(typeof resourceRights)[number], string> = {
  view: 'View it',
  edit: 'Edit it',
  manage: 'Manage it',
};
