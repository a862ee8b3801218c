import { Badge, Card, EmptyState, ErrorState, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { failureOf } from '../api/failure.ts';
import { session } from '../api/session.ts';
import { Page } from '../frame/page.tsx';
import {
  operatorRoleLabels,
  operatorRoleMeanings,
  operatorRoleWords,
  serviceWords,
} from '../operators/role-words.ts';

/** Nothing to start: who is signed in was asked for by the frame. */
export function load(): void {}

/** What whoever is signed in may open, and who can change that. */
export function OwnAccessPage() {
  const { data: me, error, refetch } = useQuery({ ...session, staleTime: 0 });
  return (
    <Page title="Your access" description={me ? `${me.name}, ${me.email}` : undefined}>
      {error ? (
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      ) : me ? (
        <Card title="Roles">
          {me.roles.length === 0 ? (
            <EmptyState compact icon={ShieldCheck} title="You have no role any more">
              Ask an administrator for one.
            </EmptyState>
          ) : (
            <ul className="divide-y divide-subtle">
              {me.roles.map(({ service, role }) => (
                <li key={service?.id ?? '*'} className="flex items-start gap-4 py-3 first:pt-0 last:pb-0">
                  <span className="min-w-0 flex-1">
                    <span className="block truncate text-14 font-medium">{serviceWords(service)}</span>
                    <span className="block text-13 text-muted">
                      {me.admin
                        ? 'You administer Castellan: everything in this console, and every product.'
                        : operatorRoleWords[role]}
                    </span>
                  </span>
                  <Badge meaning={operatorRoleMeanings[role]}>{operatorRoleLabels[role]}</Badge>
                </li>
              ))}
            </ul>
          )}
          {!me.admin && (
            <p className="mt-4 border-t border-subtle pt-3 text-13 text-muted">
              An owner of a service can change your role there; an administrator can change all of them. It
              counts from your next click.
            </p>
          )}
        </Card>
      ) : (
        <Skeleton className="h-32 w-full" />
      )}
    </Page>
  );
}
