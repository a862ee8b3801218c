import {
  type MissingFact,
  type PathStepKind,
  type ResourcePermission,
  type ResourceRight,
  rightSatisfies,
  type UserState,
  type Visibility,
  type WorkspaceRole,
} from '@castellan/contract';

/** What is asked: an action of a service in a workspace, or a right to one resource. */
export type AccessRequest =
  | { readonly kind: 'action'; readonly action: string }
  | { readonly kind: 'resource'; readonly type: string; readonly right: ResourceRight };

/** A group by its id and name. */
export interface NamedGroup {
  readonly id: string;
  readonly name: string;
}

/** One way in which a person holds a role that has the action asked about: themselves, or by a group. */
export interface HeldRole {
  readonly id: string;
  readonly name: string;
  readonly group: NamedGroup | null;
}

/** One share of the resource asked about that reaches the person: theirs, or one of their groups'. */
export interface HeldShare {
  readonly permission: ResourcePermission;
  readonly group: NamedGroup | null;
}

/** All that a decision stands on, as it is at one moment; what is not asked about is empty. */
export interface AccessFacts {
  /** Who asks; `null` for nobody that is known. */
  readonly person: { readonly id: string; readonly state: UserState } | null;
  /** Their membership in the workspace asked about: that of the resource, where one is. */
  readonly membership: { readonly role: WorkspaceRole } | null;
  readonly action: { readonly name: string; readonly absent: boolean } | null;
  readonly roles: readonly HeldRole[];
  /** `null` for one that is not registered, or of another workspace than the one asked about. */
  readonly resource: { readonly ownerId: string | null; readonly visibility: Visibility } | null;
  readonly shares: readonly HeldShare[];
  /**
   * Of a delegate, what it was granted: names of actions, and `type:right` for resources, where a right brings the
   * lesser ones. `null` when the person acts themselves.
   */
  readonly granted: ReadonlySet<string> | null;
}

/** One step of the path to a yes. */
export interface Step {
  readonly kind: PathStepKind;
  readonly id?: string;
  readonly name: string;
}

/** Allowed, with the path that leads to it; or refused, with what is missing. */
export type Decision =
  | { readonly allowed: true; readonly path: readonly Step[]; readonly missing: readonly [] }
  | { readonly allowed: false; readonly path: readonly []; readonly missing: readonly MissingFact[] };

const refused = (missing: MissingFact): Decision => ({ allowed: false, path: [], missing: [missing] });
const allowed = (...path: readonly Step[]): Decision => ({ allowed: true, path, missing: [] });

/**
 * Answers "may they?", and is the only place that does (P11, B2; docs/concepts/access.md). Pure and total: the same
 * facts and request give the same answer, whatever they are.
 */
export function decide(facts: AccessFacts, request: AccessRequest): Decision {
  if (facts.person === null) return refused('user_unknown');
  if (facts.person.state !== 'active') return refused('user_inactive');
  const own = request.kind === 'action' ? decideAction(facts) : decideResource(facts, request.right);
  // A delegate may what the person may and what it was granted, never more.
  return own.allowed && !isGranted(facts.granted, request) ? refused('grant') : own;
}

function decideAction({ action, membership, roles }: AccessFacts): Decision {
  if (action === null || action.absent) return refused('action');
  if (membership === null) return refused('membership');
  const [role] = [...roles].sort(directFirst);
  if (!role) return refused('role_with_action');
  return allowed(
    ...viaGroup(role.group),
    { kind: 'role', id: role.id, name: role.name },
    { kind: 'action', name: action.name },
  );
}

function decideResource(
  { person, resource, membership, shares }: AccessFacts,
  right: ResourceRight,
): Decision {
  if (resource === null) return refused('resource');
  if (membership === null) return refused('membership');
  if (resource.ownerId !== null && resource.ownerId === person?.id)
    return allowed({ kind: 'owner', name: 'owner' });
  const { role } = membership;
  if (role === 'admin' || role === 'owner') return allowed({ kind: 'workspace_role', name: role });
  if (right === 'manage') return refused('ownership');
  if (resource.visibility === 'workspace' && (right === 'view' || role === 'editor'))
    return allowed({ kind: 'workspace_role', name: role }, { kind: 'visibility', name: 'workspace' });
  const [share] = shares.filter(({ permission }) => rightSatisfies(permission, right)).sort(directFirst);
  if (share) return allowed(...viaGroup(share.group), { kind: 'share', name: share.permission });
  const canView = resource.visibility === 'workspace' || shares.length > 0;
  return refused(right === 'edit' && canView ? 'edit_share' : 'share');
}

/** Whether a delegate's grant covers a request; a person needs none. */
export function isGranted(granted: ReadonlySet<string> | null, request: AccessRequest): boolean {
  if (granted === null) return true;
  if (request.kind === 'action') return granted.has(request.action);
  const { type, right } = request;
  return (['view', 'edit', 'manage'] as const).some(
    (held) => rightSatisfies(held, right) && granted.has(`${type}:${held}`),
  );
}

function viaGroup(group: NamedGroup | null): readonly Step[] {
  return group === null ? [] : [{ kind: 'group', id: group.id, name: group.name }];
}

/** What is a person's own comes before what a group gives them; then by name, so that the same facts give the same path. */
function directFirst(
  one: { readonly group: NamedGroup | null; readonly name?: string; readonly id?: string },
  other: typeof one,
): number {
  const key = ({ group, name = '', id = '' }: typeof one): string =>
    `${group === null ? 0 : 1}\0${group?.name ?? ''}\0${name}\0${id}\0${group?.id ?? ''}`;
  const [left, right] = [key(one), key(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}
