import { type RouteResult, stepUpPasskeyOptions, stepUpProve, type stepUpRead } from '@castellan/contract';
import { Button, buttonClasses, Field, Input } from '@castellan/ui';
import { ExternalLink } from 'lucide-react';
import { useState } from 'react';
import { CallError } from '../api/call.ts';
import { useAction } from '../api/use-action.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';

type Method = RouteResult<typeof stepUpRead>['methods'][number];

const others: Readonly<Record<Method, string>> = {
  passkey: 'Use a passkey',
  totp: 'Use a code of the app',
  recovery_code: 'Use a recovery code',
  password: 'Use the password',
};

interface StepUpProps {
  readonly methods: readonly Method[];
  /** Where the operator adds a passkey or an authenticator app. */
  readonly factorsUrl: string;
  /** What the proof is for: "to act as Bob". */
  readonly purpose: string;
  readonly onDone: () => Promise<void> | void;
}

/** Proves again who the operator is, before what needs it: whoever leaves a console open should not have left this. */
export function StepUp({ methods, factorsUrl, purpose, onDone }: StepUpProps) {
  const [method, setMethod] = useState(methods[0]);
  if (method === undefined) return <AddFactor url={factorsUrl} purpose={purpose} onAdded={onDone} />;
  const rest = methods.filter((one) => one !== method);
  return (
    <div className="flex flex-col gap-4">
      <p className="text-14 text-muted">Prove that it is you {purpose}. It holds for ten minutes.</p>
      {method === 'passkey' ? (
        <PasskeyProof onDone={onDone} />
      ) : method === 'password' ? (
        <PasswordProof onDone={onDone} />
      ) : (
        // Another method is another form: nothing of the first one stays in it.
        <CodeProof key={method} method={method} onDone={onDone} />
      )}
      {rest.length > 0 && (
        <div className="flex flex-wrap gap-x-4 gap-y-1 text-13">
          {rest.map((one) => (
            <button
              key={one}
              type="button"
              onClick={() => setMethod(one)}
              className="rounded-[4px] text-link hover:underline"
            >
              {others[one]}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** What somebody reads who signs in at another provider alone: its word is no proof that can be given again here. */
function AddFactor({
  url,
  purpose,
  onAdded,
}: {
  url: string;
  purpose: string;
  onAdded: StepUpProps['onDone'];
}) {
  const [asking, setAsking] = useState(false);
  const askAgain = async () => {
    setAsking(true);
    await onAdded();
    setAsking(false);
  };
  return (
    <div className="flex flex-col gap-4">
      <p className="text-14">
        Before you go on {purpose}, this console has to be sure that it is you. You sign in at another
        provider, so there is nothing yet that you could prove it by here.
      </p>
      <p className="text-14 text-muted">
        Add an authenticator app or a passkey to your account. It takes a minute; then come back to this page.
      </p>
      <div className="flex flex-wrap justify-end gap-2">
        <Button busy={asking} onClick={() => void askAgain()}>
          I have added one
        </Button>
        <a href={url} target="_blank" rel="noopener noreferrer" className={buttonClasses('primary')}>
          <ExternalLink size={16} aria-hidden />
          Add a second factor
          <span className="sr-only"> (opens in a new tab)</span>
        </a>
      </div>
    </div>
  );
}

type ProofProps = Pick<StepUpProps, 'onDone'>;

function PasswordProof({ onDone }: ProofProps) {
  const { form, busy, problem, submit, error } = useRouteForm(stepUpProve, {
    values: { password: '' },
    toInput: ({ password }) => ({ body: { method: 'password' as const, password } }),
    onDone,
  });
  const isWrong = problem instanceof CallError && problem.code === 'invalid_credentials';
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field label="Your password" error={isWrong ? 'That is not your password.' : error('password')}>
        <Input type="password" autoComplete="current-password" {...form.register('password')} />
      </Field>
      <FormProblem error={isWrong ? undefined : problem} />
      <Continue busy={busy} />
    </form>
  );
}

function CodeProof({ method, onDone }: ProofProps & { readonly method: 'totp' | 'recovery_code' }) {
  const { form, busy, problem, submit, error } = useRouteForm(stepUpProve, {
    values: { code: '' },
    toInput: ({ code }) => ({ body: { method, code } }),
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
          autoComplete="one-time-code"
          inputMode={isTotp ? 'numeric' : 'text'}
          spellCheck={false}
          className="font-mono"
          {...form.register('code')}
        />
      </Field>
      <FormProblem error={problem} />
      <Continue busy={busy} />
    </form>
  );
}

function Continue({ busy }: { busy: boolean }) {
  return (
    <div className="flex justify-end">
      <Button type="submit" kind="primary" busy={busy}>
        Continue
      </Button>
    </div>
  );
}

function PasskeyProof({ onDone }: ProofProps) {
  const options = useAction(stepUpPasskeyOptions, { showsErrors: true });
  const proving = useAction(stepUpProve, { onDone, showsErrors: true });
  const [refused, setRefused] = useState<Error>();
  const ask = async () => {
    setRefused(undefined);
    try {
      const { options: asked } = await options.mutateAsync({});
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
        asked as unknown as PublicKeyCredentialRequestOptionsJSON,
      );
      const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
      await proving.mutateAsync({ body: { method: 'passkey', passkey: credential.toJSON() as never } });
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
      <FormProblem error={refused} />
      <div className="flex justify-end">
        <Button kind="primary" busy={options.isPending || proving.isPending} onClick={() => void ask()}>
          Use a passkey
        </Button>
      </div>
    </div>
  );
}
