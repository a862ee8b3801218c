import {
  identityProvidersList,
  type RouteResult,
  type WorkspaceDetail,
  type WorkspacePolicy,
  workspacePolicyRead,
  workspacePolicyUpdate,
} from '@castellan/contract';
import { Button, Card, Checkbox, ErrorState, Field, Select, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { reading } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { FormProblem } from '../forms/form-problem.tsx';

const policyOf = (id: string) => reading(workspacePolicyRead, { params: { id } });
const providers = reading(identityProvidersList, { query: { pageSize: 100 } });

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const idleChoices = [15 * minute, 30 * minute, hour, 4 * hour, 12 * hour, day, 3 * day];
const absoluteChoices = [hour, 8 * hour, 12 * hour, day, 7 * day, 14 * day];

/** A length of time in words. */
function lengthOf(seconds: number): string {
  const [many, unit] =
    seconds % day === 0
      ? [seconds / day, 'day']
      : seconds % hour === 0
        ? [seconds / hour, 'hour']
        : [Math.round(seconds / minute), 'minute'];
  return `${many} ${unit}${many === 1 ? '' : 's'}`;
}

/** What a workspace asks of its members' sign-ins. */
export function SignInPolicy({ workspace }: { workspace: WorkspaceDetail }) {
  const { data, error, refetch } = useQuery(policyOf(workspace.id));
  if (error && !data) return <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-72 w-full" />;
  return <PolicyForm key={JSON.stringify(data)} id={workspace.id} policy={data} />;
}

interface PolicyFormProps {
  readonly id: string;
  readonly policy: RouteResult<typeof workspacePolicyRead>;
}

function PolicyForm({ id, policy }: PolicyFormProps) {
  const { memberCount, protectedCount, ...saved } = policy;
  const [wanted, setWanted] = useState<WorkspacePolicy>(saved);
  const known = useQuery(providers).data?.items ?? [];
  const save = useAction(workspacePolicyUpdate, {
    showsErrors: true,
    done: () => ({ title: 'What the workspace asks of sign-ins is saved' }),
  });
  const change = (part: Partial<WorkspacePolicy>) => setWanted((held) => ({ ...held, ...part }));
  const ways = [
    ['password', 'Password'],
    ['passkey', 'Passkey'],
    ['email_link', 'Link by e-mail'],
    ...known.map(({ slug, name }) => [`provider:${slug}`, name] as const),
    // One that was removed since is still asked for; it can be unticked here.
    ...(saved.signInMethods ?? [])
      .filter((way) => way.startsWith('provider:') && !known.some(({ slug }) => way === `provider:${slug}`))
      .map((way) => [way, way.slice('provider:'.length)] as const),
  ] as const;
  const { signInMethods } = wanted;
  const tick = (way: string, on: boolean) => {
    const held = signInMethods ?? [];
    change({ signInMethods: on ? [...held, way] : held.filter((one) => one !== way) });
  };
  const missing = memberCount - protectedCount;
  const isSame = JSON.stringify(wanted) === JSON.stringify(saved);
  return (
    <form
      className="max-w-[640px]"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ params: { id }, body: wanted });
      }}
    >
      <Card
        title="What this workspace asks of sign-ins"
        description="It counts when somebody signs in for this workspace, chooses it, or renews a session of it."
      >
        <div className="flex flex-col gap-5 pt-2">
          <div>
            <Checkbox
              label="Every member proves a second factor"
              checked={wanted.secondFactorRequired}
              onChange={(secondFactorRequired) => change({ secondFactorRequired })}
            />
            <p className="mt-1 pl-6 text-12 text-muted">
              {missing === 0
                ? 'All members have one.'
                : `${missing.toLocaleString()} of ${memberCount.toLocaleString()} ${missing === 1 ? 'has' : 'have'} none and ${missing === 1 ? 'is' : 'are'} asked to add one at the next sign-in.`}
            </p>
          </div>
          <fieldset className="flex flex-col gap-2">
            <legend className="mb-2 text-13 font-medium">Ways to sign in</legend>
            <Checkbox
              label="All of them"
              checked={signInMethods === null}
              onChange={(on) => change({ signInMethods: on ? null : ways.map(([way]) => way) })}
            />
            {signInMethods !== null &&
              ways.map(([way, label]) => (
                <Checkbox
                  key={way}
                  className="pl-6"
                  label={label}
                  checked={signInMethods.includes(way)}
                  onChange={(on) => tick(way, on)}
                />
              ))}
            {signInMethods?.length === 0 && (
              <p role="alert" className="pl-6 text-12 text-danger">
                Leave at least one, or nobody could use the workspace.
              </p>
            )}
          </fieldset>
          <div className="grid gap-4 sm:grid-cols-2">
            <Length
              label="Sign out without use after"
              value={wanted.sessionIdleSeconds}
              usual="7 days, as everywhere"
              choices={idleChoices}
              onChange={(sessionIdleSeconds) => change({ sessionIdleSeconds })}
            />
            <Length
              label="Sign out in any case after"
              value={wanted.sessionAbsoluteSeconds}
              usual="30 days, as everywhere"
              choices={absoluteChoices}
              onChange={(sessionAbsoluteSeconds) => change({ sessionAbsoluteSeconds })}
            />
          </div>
          <p className="text-12 text-muted">
            Shorter times count for sessions that are there, too, from the next call on.
          </p>
          <FormProblem error={save.error ?? undefined} />
          <div className="flex justify-end gap-2">
            <Button disabled={isSame} onClick={() => setWanted(saved)}>
              Undo
            </Button>
            <Button
              type="submit"
              kind="primary"
              disabled={isSame || signInMethods?.length === 0}
              busy={save.isPending}
            >
              Save
            </Button>
          </div>
        </div>
      </Card>
    </form>
  );
}

interface LengthProps {
  readonly label: string;
  readonly value: number | null;
  readonly usual: string;
  readonly choices: readonly number[];
  readonly onChange: (seconds: number | null) => void;
}

function Length({ label, value, usual, choices, onChange }: LengthProps) {
  // A length that the API was given stays as it is.
  const offered =
    value === null || choices.includes(value) ? choices : [...choices, value].sort((a, b) => a - b);
  return (
    <Field label={label}>
      <Select
        value={value ?? ''}
        onChange={({ target }) => onChange(target.value === '' ? null : Number(target.value))}
      >
        <option value="">{usual}</option>
        {offered.map((seconds) => (
          <option key={seconds} value={seconds}>
            {lengthOf(seconds)}
          </option>
        ))}
      </Select>
    </Field>
  );
}
