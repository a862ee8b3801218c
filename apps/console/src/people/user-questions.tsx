import {
  type User,
  type UserDetail,
  usersDelete,
  usersEndSessions,
  usersList,
  usersUpdate,
} from '@castellan/contract';
import { ConfirmDialog } from '@castellan/ui';
import { useNavigate } from '@tanstack/react-router';
import { failureToast, useAction } from '../api/use-action.ts';

/** The changed person in every list that holds them, so that going back finds the list as it was left. */
export const patchUser = (change: Partial<User>) => (input: { params: { id: string } }) => ({
  routeId: usersList.id,
  patch: (row: unknown) => ((row as User).id === input.params.id ? { ...(row as User), ...change } : row),
});

/** What is open over the page of a person. */
export type UserQuestion =
  | 'edit'
  | 'add'
  | 'deactivate'
  | 'promote'
  | 'sign-in-as'
  | 'end-sessions'
  | 'delete'
  | undefined;

const count = (many: number, one: string) => `${many.toLocaleString()} ${one}${many === 1 ? '' : 's'}`;

/** The questions before something is lost or given. */
export function UserQuestions({
  user,
  open,
  onClose,
}: {
  user: UserDetail;
  open: UserQuestion;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const params = { id: user.id };
  const update = useAction(usersUpdate, {
    patchRows: (input) =>
      patchUser(input.body?.isAdmin ? { isAdmin: true } : { state: 'deactivated' })(input),
    done: (_, { body }) =>
      body?.isAdmin
        ? { title: `${user.name} is an administrator now` }
        : {
            title: `${user.name} is deactivated`,
            action: { label: 'Undo', run: () => undo.mutate({ params, body: { isActive: true } }) },
          },
    onDone: onClose,
  });
  const undo = useAction(usersUpdate, { done: () => ({ title: `${user.name} is active again` }) });
  const endAll = useAction(usersEndSessions, {
    done: ({ ended }) => ({ title: `${count(ended, 'session')} ended` }),
    onDone: onClose,
  });
  const remove = useAction(usersDelete, {
    showsErrors: true,
    done: () => ({ title: `The account of ${user.name} is deleted` }),
    onDone: () => navigate({ to: '/users' }),
  });
  const ask = (name: UserQuestion) => ({
    open: open === name,
    onOpenChange: (next: boolean) => !next && onClose(),
  });
  const failure = remove.error && failureToast(remove.error);
  return (
    <>
      <ConfirmDialog
        {...ask('deactivate')}
        title={`Deactivate ${user.name}?`}
        losses={[
          user.sessionCount > 0
            ? `${count(user.sessionCount, 'session')}: every service refuses the next call`
            : 'They can no longer sign in',
        ]}
        keeps={['The account with its workspaces, groups and activity; you can activate it again']}
        action="Deactivate"
        busy={update.isPending}
        onConfirm={() => update.mutate({ params, body: { isActive: false } })}
      />
      <ConfirmDialog
        {...ask('promote')}
        danger={false}
        title={`Make ${user.name} an administrator?`}
        description="Administrators see and change everything in this console, including other administrators."
        action="Make administrator"
        busy={update.isPending}
        onConfirm={() => update.mutate({ params, body: { isAdmin: true } })}
      />
      <ConfirmDialog
        {...ask('end-sessions')}
        title={`End all sessions of ${user.name}?`}
        losses={[`${count(user.sessionCount, 'session')}, on every device, from the next call on`]}
        keeps={['The account: they can sign in again']}
        action="End all sessions"
        busy={endAll.isPending}
        onConfirm={() => endAll.mutate({ params })}
      />
      <ConfirmDialog
        {...ask('delete')}
        title={`Delete the account of ${user.name}?`}
        description="This can not be undone."
        losses={[
          'The account and its ways to sign in',
          ...(user.sessionCount > 0 ? [count(user.sessionCount, 'session')] : []),
          ...(user.workspaceCount > 0 ? [`Membership in ${count(user.workspaceCount, 'workspace')}`] : []),
          ...(user.groupCount > 0 ? [`Membership in ${count(user.groupCount, 'group')}`] : []),
        ]}
        keeps={['Past activity, under the name as it was']}
        typeToConfirm={user.email}
        action="Delete account"
        busy={remove.isPending}
        error={failure && `${failure.title}. ${failure.detail}`}
        onConfirm={() => remove.mutate({ params })}
      />
    </>
  );
}
