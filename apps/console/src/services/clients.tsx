import { type Client, clientsList, type Service } from '@castellan/contract';
import { Badge, Button, Card, EmptyState, ErrorState, Skeleton } from '@castellan/ui';
import { Link } from '@tanstack/react-router';
import { AppWindow, Plus } from 'lucide-react';
import { failureOf } from '../api/failure.ts';
import { listing } from '../api/queries.ts';
import { useList } from '../api/use-list.ts';
import { ClientMark } from './branding.tsx';
import { applicationTypeLabels, takesSecret } from './labels.ts';

/** The query of a service's clients, those that go on or those that ended. */
export const clientsOf = (id: string, state: 'live' | 'ended') =>
  listing(clientsList, { params: { id }, query: { state } }, 50);

export interface ClientsProps {
  readonly service: Service;
  readonly state: 'live' | 'ended';
  readonly onState: (state: 'live' | 'ended') => void;
  readonly onCreate: () => void;
}

/** The OAuth clients of a service, by name. */
export function Clients({ service, state, onState, onCreate }: ClientsProps) {
  const list = useList(clientsOf(service.id, state));
  const ended = state === 'ended';
  return (
    <Card
      flush
      title={ended ? 'Clients that ended' : 'Clients'}
      description="What people sign in with, and machines that call"
      actions={
        <Button small icon={Plus} onClick={onCreate}>
          Register a client
        </Button>
      }
    >
      {list.error ? (
        <ErrorState failure={failureOf(list.error)} onRetry={list.retry} />
      ) : !list.rows ? (
        <Skeleton className="m-4 h-8" />
      ) : list.rows.length === 0 ? (
        <EmptyState
          compact
          icon={AppWindow}
          title={ended ? 'None has ended' : 'No client yet'}
          action={!ended && <Button onClick={onCreate}>Register the first one</Button>}
        >
          {ended
            ? 'A client that is ended stays here by its name.'
            : 'A client is a web site, an app or a machine of this product: people sign in to it through Castellan.'}
        </EmptyState>
      ) : (
        <>
          <ul>
            {list.rows.map((client) => (
              <ClientRow key={client.id} client={client} serviceId={service.id} />
            ))}
          </ul>
          {list.hasMore && (
            <div className="border-t border-subtle p-2 text-center">
              <Button small kind="quiet" onClick={list.more}>
                Show more
              </Button>
            </div>
          )}
        </>
      )}
      <div className="border-t border-subtle px-2 py-1.5">
        <Button small kind="quiet" onClick={() => onState(ended ? 'live' : 'ended')}>
          {ended ? 'Show those that go on' : 'Show those that ended'}
        </Button>
      </div>
    </Card>
  );
}

function ClientRow({ client, serviceId }: { client: Client; serviceId: string }) {
  const unready =
    !client.endedAt && takesSecret(client.tokenEndpointAuthMethod) && client.secrets.length === 0;
  return (
    <li className="relative flex min-h-14 items-center gap-3 border-b border-subtle px-4 py-2 last:border-0 hover:bg-hover">
      <ClientMark client={client} size={32} />
      <span className="min-w-0 flex-1">
        <Link
          to="/services/$id/clients/$cid"
          params={{ id: serviceId, cid: client.id }}
          className="block truncate font-medium after:absolute after:inset-0"
        >
          {client.name}
        </Link>
        <span className="block truncate font-mono text-12 text-muted">
          {client.redirectUris[0] ?? client.clientId}
          {client.redirectUris.length > 1 && ` and ${client.redirectUris.length - 1} more`}
        </span>
      </span>
      {unready && (
        <Badge dot meaning="warning">
          No secret
        </Badge>
      )}
      {client.endedAt && <Badge dot>Ended</Badge>}
      <span className="hidden sm:block">
        <Badge>{kindOf(client)}</Badge>
      </span>
    </li>
  );
}

/** What a client is, in a word. */
export function kindOf(client: Pick<Client, 'applicationType' | 'grantTypes'>): string {
  return client.grantTypes.length === 1 && client.grantTypes[0] === 'client_credentials'
    ? 'Machine'
    : applicationTypeLabels[client.applicationType];
}
