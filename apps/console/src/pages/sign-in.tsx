import {
  adminFederationLogin,
  adminLogin,
  adminSignInProviders,
  pathOf,
  type RouteResult,
} from '@castellan/contract';
import { Button, buttonClasses, Field, Input } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { CallError } from '../api/call.ts';
import { queryClient, reading } from '../api/queries.ts';
import { session } from '../api/session.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { Mark } from '../frame/mark.tsx';
import { news, reasonFor } from '../sign-in/notices.ts';
import { type PendingSignIn, readPending } from '../sign-in/pending.ts';
import { SecondFactor } from '../sign-in/second-factor.tsx';

const route = getRouteApi('/sign-in');
const offered = reading(adminSignInProviders, {});

/** Starts what the page shows, while its code is still on its way. */
export function load(): void {
  void queryClient.prefetchQuery(offered);
}

/** Who comes back from a provider brings it behind `#`; it is taken out of the address at once. */
function takePending(): PendingSignIn | undefined {
  const pending = readPending(location.hash);
  if (pending) history.replaceState(history.state, '', location.pathname + location.search);
  return pending;
}

/** The way in; afterwards it goes on to the page that was asked for. */
export function SignInPage() {
  const { error: code, notice: good, returnTo } = route.useSearch();
  const reason = reasonFor(code);
  const router = useRouter();
  const [pending, setPending] = useState(takePending);
  const [hasTried, setHasTried] = useState(false);
  useEffect(() => {
    document.title = 'Sign in · Castellan';
  }, []);
  const enter = (operator: RouteResult<typeof adminLogin>) => {
    queryClient.setQueryData(session.queryKey, operator);
    // Only an address of this console: a path, and not one that begins another host.
    router.history.replace(returnTo?.match(/^\/(?![/\\])/) ? returnTo : '/');
  };
  const notice = hasTried || pending ? undefined : (reason ?? (good && news[good]));
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-12">
      <div className="w-full max-w-[360px] -translate-y-[6vh]">
        <div className="mb-6 flex flex-col items-center gap-3 text-center">
          <Mark size={40} />
          <div>
            <h1 className="text-20 font-semibold tracking-[-0.01em]">
              {pending ? 'One more step' : 'Sign in to the console'}
            </h1>
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
        {pending ? (
          <SecondFactor pending={pending} onDone={enter} onGiveUp={() => setPending(undefined)} />
        ) : (
          <>
            <PasswordForm onDone={enter} onTry={() => setHasTried(true)} onPending={setPending} />
            <Providers returnTo={returnTo} />
          </>
        )}
      </div>
    </main>
  );
}

interface PasswordFormProps {
  readonly onDone: (operator: RouteResult<typeof adminLogin>) => void;
  readonly onTry: () => void;
  readonly onPending: (pending: PendingSignIn) => void;
}

function PasswordForm({ onDone, onTry, onPending }: PasswordFormProps) {
  const { form, busy, problem, submit, error } = useRouteForm(adminLogin, {
    values: { email: '', password: '' },
    toInput: ({ email, password }) => ({ body: { email: email.toLowerCase(), password } }),
    onDone,
  });
  const second = problem instanceof CallError ? problem.pending : undefined;
  useEffect(() => {
    if (second) onPending(second);
  }, [second, onPending]);
  useEffect(() => {
    if (problem) onTry();
  }, [problem, onTry]);
  return (
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
  );
}

/** The providers that let operators in: plain links, which lead out of the console and back. */
function Providers({ returnTo }: { returnTo: string | undefined }) {
  const { data } = useQuery(offered);
  if (!data || data.providers.length === 0) return null;
  const query = returnTo ? `?${new URLSearchParams({ return_to: returnTo })}` : '';
  return (
    <section aria-label="Other ways to sign in" className="mt-4">
      <p className="mb-4 flex items-center gap-3 text-12 text-muted before:h-px before:flex-1 before:bg-[var(--border-default)] after:h-px after:flex-1 after:bg-[var(--border-default)]">
        or
      </p>
      <ul className="flex flex-col gap-2">
        {data.providers.map(({ slug, name }) => (
          <li key={slug}>
            <a
              href={`${pathOf(adminFederationLogin, { provider: slug })}${query}`}
              className={`${buttonClasses('secondary')} h-9 w-full`}
            >
              <span className="truncate">Continue with {name}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
