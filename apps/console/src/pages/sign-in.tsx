import { adminLogin } from '@castellan/contract';
import { Button, Field, Input } from '@castellan/ui';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { queryClient } from '../api/queries.ts';
import { session } from '../api/session.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { Mark } from '../frame/mark.tsx';

const route = getRouteApi('/sign-in');

const notices = {
  set_up: { title: 'You are the first administrator', text: 'Sign in with the password that you just set.' },
  not_admin: {
    title: 'This account does not administer Castellan',
    text: 'Ask an administrator to grant it, or sign in with another account.',
  },
  signed_out: { title: 'Your session has ended', text: 'Sign in again to go on where you were.' },
};

/** The way in; afterwards it goes on to the page that was asked for. */
export function SignInPage() {
  const { error: reason, notice: news, returnTo } = route.useSearch();
  const router = useRouter();
  const { form, busy, problem, submit, error } = useRouteForm(adminLogin, {
    values: { email: '', password: '' },
    toInput: ({ email, password }) => ({ body: { email: email.toLowerCase(), password } }),
    onDone: (operator) => {
      queryClient.setQueryData(session.queryKey, operator);
      // Only an address of this console: a path, and not one that begins another host.
      router.history.replace(returnTo?.match(/^\/(?![/\\])/) ? returnTo : '/');
    },
  });
  useEffect(() => {
    document.title = 'Sign in · Castellan';
  }, []);
  const told = reason ?? news;
  const notice = !problem && told && notices[told];
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-12">
      <div className="w-full max-w-[360px] -translate-y-[6vh]">
        <div className="mb-6 flex flex-col items-center gap-3 text-center">
          <Mark size={40} />
          <div>
            <h1 className="text-20 font-semibold tracking-[-0.01em]">Sign in to the console</h1>
            <p className="text-14 text-muted">For operators, at {location.host}</p>
          </div>
        </div>
        {notice && (
          <div
            role="alert"
            className={
              reason
                ? 'mb-4 rounded-control border border-warning-border bg-warning-surface px-3 py-2 text-13 text-warning'
                : 'mb-4 rounded-control border border-success-border bg-success-surface px-3 py-2 text-13 text-success'
            }
          >
            <p className="font-medium">{notice.title}</p>
            <p>{notice.text}</p>
          </div>
        )}
        <form
          onSubmit={submit}
          noValidate
          className="flex flex-col gap-4 rounded-card border border-default bg-raised p-5"
        >
          <Field label="E-mail" error={error('email')}>
            <Input type="email" autoComplete="username" autoFocus {...form.register('email')} />
          </Field>
          <Field label="Password" error={error('password')}>
            <Input type="password" autoComplete="current-password" {...form.register('password')} />
          </Field>
          <FormProblem error={problem} />
          <Button type="submit" kind="primary" busy={busy} className="h-9 w-full">
            Sign in
          </Button>
        </form>
      </div>
    </main>
  );
}
