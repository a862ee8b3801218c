import { type ActivityAction, activityActions } from '@castellan/contract';

/** Where the name's own words, read one by one, say too little. */
const said: Partial<Record<ActivityAction, string>> = {
  role_member_added: 'Role given to a member',
  role_member_removed: 'Role taken from a member',
  role_group_added: 'Role given to a group',
  role_group_removed: 'Role taken from a group',
  role_action_added: 'Action added to a role',
  role_action_removed: 'Action removed from a role',
  service_action_updated: 'Service action described anew',
  permission_visibility_changed: 'Resource visibility changed',
  permission_shared: 'Resource shared',
  permission_unshared: 'Resource share taken back',
  admin_intent_sent: 'Change of data asked of a product',
  admin_intent_done: 'Change of data made by a product',
  admin_intent_refused: 'Change of data refused by a product',
  admin_intent_failed: 'Change of data with an unknown outcome',
  admin_intent_reconciled: 'Change of data looked up',
  mutation_refused: 'Change refused',
};

/** An action by its name, in words: `user_login_refused` is "User login refused". */
export function actionLabel(action: ActivityAction): string {
  const label = said[action];
  if (label) return label;
  const words = action.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The actions whose words, those of the name or of the label, begin with every word of the search. */
export function findActions(search: string): readonly ActivityAction[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  return activityActions.filter((action) => {
    const words = [...action.split('_'), ...actionLabel(action).toLowerCase().split(' ')];
    return wanted.every((word) => words.some((part) => part.startsWith(word)));
  });
}
