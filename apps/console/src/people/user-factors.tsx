import { type UserDetail, usersFactors, usersRemoveFactors } from '@castellan/contract';
import { Badge, Button, Card, ConfirmDialog, ErrorState, RelativeTime, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Fingerprint, LifeBuoy, Smartphone } from 'lucide-react';
import { useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';

const factorsOf = (id: string) => reading(usersFactors, { params: { id } });
const row = 'flex min-h-12 items-center gap-3 border-b border-subtle px-4 py-2 last:border-0';
const count = (many: number, one: string) => `${many.toLocaleString()} ${one}${many === 1 ? '' : 's'}`;

/** Starts what the card shows, while the page's code is still on its way. */
export function loadFactors(id: string): void {
  void queryClient.prefetchQuery(factorsOf(id));
}

/** What a person proves beside the password, and the means to take it from somebody who lost it. */
export function UserFactors({ user }: { user: UserDetail }) {
  const { data, error, refetch } = useQuery(factorsOf(user.id));
  const [asking, setAsking] = useState(false);
  const remove = useAction(usersRemoveFactors, {
    done: ({ endedSessions }) => ({
      title: `${user.name} signs in without a second factor now`,
      detail: `${count(endedSessions, 'session')} ended.`,
    }),
    onDone: () => setAsking(false),
  });
  if (error && !data)
    return (
      <Card title="Second factors">
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      </Card>
    );
  if (!data)
    return (
      <Card title="Second factors">
        <Skeleton className="h-5 w-40" />
      </Card>
    );
  const { totp, passkeys, recoveryCodesLeft } = data;
  const has = totp !== null || passkeys.length > 0;
  return (
    <Card
      flush
      title="Second factors"
      actions={
        has && (
          <Button small onClick={() => setAsking(true)}>
            Remove all
          </Button>
        )
      }
    >
      {!has ? (
        <p className="px-4 py-3 text-13 text-muted">
          None. {user.name} can add a passkey or an authenticator app on their account pages.
        </p>
      ) : (
        <ul>
          {totp && (
            <li className={row}>
              <Smartphone size={16} aria-hidden className="shrink-0 text-muted" />
              <span className="min-w-0 flex-1">
                <span className="block font-medium">Authenticator app</span>
                <Used at={totp.lastUsedAt} />
              </span>
            </li>
          )}
          {passkeys.map((passkey) => (
            <li key={passkey.id} className={row}>
              <Fingerprint size={16} aria-hidden className="shrink-0 text-muted" />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{passkey.name}</span>
                <Used at={passkey.lastUsedAt} />
              </span>
              {passkey.suspectedAt && <Badge meaning="danger">Copied, refused</Badge>}
            </li>
          ))}
          <li className={row}>
            <LifeBuoy size={16} aria-hidden className="shrink-0 text-muted" />
            <span className="flex-1 text-13">{count(recoveryCodesLeft, 'recovery code')} left</span>
          </li>
        </ul>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={(open) => !open && setAsking(false)}
        title={`Remove the second factors of ${user.name}?`}
        description="For somebody who lost their phone or key. Make sure that it is them who asks: until they add a factor again, the password alone signs in, or a link by e-mail."
        losses={[
          ...(totp ? ['The authenticator app'] : []),
          ...(passkeys.length > 0 ? [count(passkeys.length, 'passkey')] : []),
          ...(recoveryCodesLeft > 0 ? [count(recoveryCodesLeft, 'recovery code')] : []),
          ...(user.sessionCount > 0
            ? [`${count(user.sessionCount, 'session')}: whoever holds what was lost may be signed in`]
            : []),
        ]}
        keeps={['The account, its password and its linked accounts']}
        action="Remove all"
        busy={remove.isPending}
        onConfirm={() => remove.mutate({ params: { id: user.id } })}
      />
    </Card>
  );
}

function Used({ at }: { at: Date | null }) {
  return (
    <span className="block text-12 text-muted">
      {at ? (
        <>
          used <RelativeTime at={at} />
        </>
      ) : (
        'not used yet'
      )}
    </span>
  );
}
