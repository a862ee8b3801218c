import { type ActivityAction, activityActions } from '@castellan/contract';

/** An action by its name, in words: `user_login_refused` is "User login refused". */
export function actionLabel(action: ActivityAction): string {
  const words = action.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The actions whose words begin with every word of the search. */
export function findActions(search: string): readonly ActivityAction[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  return activityActions.filter((action) =>
    wanted.every((word) => action.split('_').some((part) => part.startsWith(word))),
  );
}
