import type { PlannedChange } from '@castellan/contract';
import type { Chance } from './random-world.ts';
import type { AccessWorld } from './world.ts';

/** A change that can be planned in a world as it is; `undefined` where nothing of the kind that came up can be. */
export function randomPlannedChange(world: AccessWorld, chance: Chance): PlannedChange | undefined {
  const workspace = chance.pick(world.workspaces);
  const { groups, roles, members } = workspace;
  const one = <T>(from: readonly T[]): T | undefined => (from.length > 0 ? chance.pick(from) : undefined);
  const [group, role, member] = [one(groups), one(roles), one(members)];
  const ofRole = role && { role_id: role.id };
  const ofGroup = group && { group_id: group.id };
  const ofMember = member && { user_id: member.userId };
  const actionId = (name: string): string => world.actions.find((action) => action.name === name)!.id;
  const kinds: (() => PlannedChange | undefined)[] = [
    () => {
      if (!ofRole) return undefined;
      const remove = chance.some(role.actions, 0.5);
      const add = chance.some(
        world.actions.map(({ name }) => name).filter((name) => !remove.includes(name)),
        0.4,
      );
      return { kind: 'role_actions', ...ofRole, add: add.map(actionId), remove: remove.map(actionId) };
    },
    () => ofRole && { kind: 'role_deleted', ...ofRole },
    () => ofRole && ofMember && { kind: 'role_member_added', ...ofRole, ...ofMember },
    () => {
      const holder = role && one(role.userIds);
      return ofRole && holder ? { kind: 'role_member_removed', ...ofRole, user_id: holder } : undefined;
    },
    () => ofRole && ofGroup && { kind: 'role_group_added', ...ofRole, ...ofGroup },
    () => {
      const holder = role && one(role.groupIds);
      return ofRole && holder ? { kind: 'role_group_removed', ...ofRole, group_id: holder } : undefined;
    },
    () => ofGroup && { kind: 'group_deleted', ...ofGroup },
    () => ofGroup && ofMember && { kind: 'group_member_added', ...ofGroup, ...ofMember },
    () => {
      const inIt = group && one(group.userIds);
      return ofGroup && inIt ? { kind: 'group_member_removed', ...ofGroup, user_id: inIt } : undefined;
    },
    () => ofMember && { kind: 'member_removed', workspace_id: workspace.id, ...ofMember },
    () =>
      ofMember && {
        kind: 'member_role_changed',
        workspace_id: workspace.id,
        ...ofMember,
        role: chance.pick(['viewer', 'editor', 'admin', 'owner'] as const),
      },
    () => {
      const named = chance.some(world.actions, 0.3).map(({ id }) => id);
      return named.length === 0
        ? undefined
        : { kind: 'actions_withdrawn', service_id: world.serviceId, action_ids: named };
    },
  ];
  return chance.pick(kinds)();
}
