import {
  adminLoginMfa,
  adminPasskeyOptions,
  type RouteResult,
  type SecondFactorMethod,
} from '@castellan/contract';
import { Button, Field, Input } from '@castellan/ui';
import { useState } from 'react';
import { useAction } from '../api/use-action.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import type { PendingSignIn } from './pending.ts';

interface SecondFactorProps {
  readonly pending: PendingSignIn;
  readonly onDone: (operator: RouteResult<typeof adminLoginMfa>) => void;
  readonly onGiveUp: () => void;
}

const card = 'flex flex-col gap-4 rounded-card border border-default bg-raised p-5';
const others: Readonly<Record<SecondFactorMethod, string>> = {
  passkey: 'Use a passkey',
  totp: 'Use a code of the app',
  recovery_code: 'Use a recovery code',
};

/** The second step of a sign-in: a passkey, a code of the app, or a recovery code. */
export function SecondFactor({ pending, onDone, onGiveUp }: SecondFactorProps) {
  const [method, setMethod] = useState<SecondFactorMethod>(pending.methods[0]!);
  const rest = pending.methods.filter((one) => one !== method);
  return (
    <div className={card}>
      {method === 'passkey' ? (
        <PasskeyStep {...{ pending, onDone }} />
      ) : (
        // Another method is another form: nothing of the first one stays in it.
        <CodeStep key={method} {...{ method, pending, onDone }} />
      )}
      <div className="flex flex-wrap justify-center gap-x-4 gap-y-1 text-13">
        {rest.map((one) => (
          <button
            key={one}
            type="button"
            onClick={() => setMethod(one)}
            className="text-link hover:underline"
          >
            {others[one]}
          </button>
        ))}
        <button type="button" onClick={onGiveUp} className="text-link hover:underline">
          Begin again
        </button>
      </div>
    </div>
  );
}

interface StepProps {
  readonly pending: PendingSignIn;
  readonly onDone: SecondFactorProps['onDone'];
}

function CodeStep({ method, pending, onDone }: StepProps & { readonly method: 'totp' | 'recovery_code' }) {
  const { form, busy, problem, submit, error } = useRouteForm(adminLoginMfa, {
    values: { code: '' },
    toInput: ({ code }) => ({ body: { mfaToken: pending.mfaToken, method, code } }),
    onDone,
  });
  const isTotp = method === 'totp';
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field
        label={isTotp ? 'Code' : 'Recovery code'}
        error={error('code')}
        help={isTotp ? 'The six digits that your authenticator app shows now.' : 'Each of them works once.'}
      >
        <Input
          autoFocus
          autoComplete="one-time-code"
          inputMode={isTotp ? 'numeric' : 'text'}
          spellCheck={false}
          className="font-mono"
          {...form.register('code')}
        />
      </Field>
      <FormProblem error={problem} />
      <Button type="submit" kind="primary" busy={busy} className="h-9 w-full">
        Continue
      </Button>
    </form>
  );
}

function PasskeyStep({ pending, onDone }: StepProps) {
  const options = useAction(adminPasskeyOptions, { showsErrors: true });
  const proving = useAction(adminLoginMfa, { onDone, showsErrors: true });
  const [refused, setRefused] = useState<Error>();
  const { mfaToken } = pending;
  const ask = async () => {
    setRefused(undefined);
    try {
      const { options: asked } = await options.mutateAsync({ body: { mfaToken } });
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
        asked as unknown as PublicKeyCredentialRequestOptionsJSON,
      );
      const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
      await proving.mutateAsync({
        body: { mfaToken, method: 'passkey', passkey: credential.toJSON() as never },
      });
    } catch (error) {
      // What the browser says when nobody touched anything is of no help to anybody.
      setRefused(
        error instanceof DOMException
          ? new Error('No passkey was used. Try again, or another way.')
          : (error as Error),
      );
    }
  };
  return (
    <div className="flex flex-col gap-4">
      <p className="text-13 text-muted">Your browser asks for a passkey of your account.</p>
      <FormProblem error={refused} />
      <Button
        kind="primary"
        autoFocus
        busy={options.isPending || proving.isPending}
        onClick={() => void ask()}
        className="h-9 w-full"
      >
        Use a passkey
      </Button>
    </div>
  );
}
