import {
  type Client,
  type ClientSecret,
  clientSecretsCreate,
  clientSecretsRevoke,
} from '@castellan/contract';
import { Badge, Button, Card, ConfirmDialog, EmptyState, Field, RelativeTime, Select } from '@castellan/ui';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { failureToast, useAction } from '../api/use-action.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { SecretPanel } from './secret-panel.tsx';
import { secretRow } from './secret-row.ts';

const hourMs = 3_600_000;
/** How long the secrets before a new one go on, in milliseconds. */
const overlaps = [
  { label: 'For another 24 hours', ms: 24 * hourMs },
  { label: 'For another 7 days', ms: 7 * 24 * hourMs },
  { label: 'For another hour', ms: hourMs },
  { label: 'Until I revoke them', ms: undefined },
  { label: 'Not any more, from now on', ms: 0 },
] as const;

export interface ClientSecretsProps {
  readonly client: Client;
  readonly serviceId: string;
  readonly onNew: () => void;
}

/** The secrets of a client that are valid now; several while one replaces another. */
export function ClientSecrets({ client, serviceId, onNew }: ClientSecretsProps) {
  const [revoking, setRevoking] = useState<ClientSecret>();
  const revoke = useAction(clientSecretsRevoke, {
    showsErrors: true,
    done: () => ({ title: 'The secret is revoked', detail: 'The next call with it is refused.' }),
    onDone: () => setRevoking(undefined),
  });
  const failure = revoke.error && failureToast(revoke.error);
  return (
    <Card
      flush
      title="Secrets"
      actions={
        <Button small icon={Plus} onClick={onNew}>
          New secret
        </Button>
      }
    >
      {client.secrets.length === 0 ? (
        <EmptyState compact title="No secret yet">
          The client proves itself with a secret. Make one and put it where the client can read it.
        </EmptyState>
      ) : (
        <ul>
          {client.secrets.map((secret) => (
            <li key={secret.id} className={secretRow}>
              <span className="min-w-0 flex-1">
                <span className="flex items-center gap-2">
                  <span className="truncate font-mono text-13">{secret.prefix}</span>
                  {secret.expiresAt && (
                    <Badge dot meaning="warning">
                      <span>
                        ends <RelativeTime at={secret.expiresAt} />
                      </span>
                    </Badge>
                  )}
                </span>
                <span className="block truncate text-12 text-muted">
                  created <RelativeTime at={secret.createdAt} /> · used{' '}
                  <RelativeTime at={secret.lastUsedAt} none="never" />
                </span>
              </span>
              <Button small onClick={() => setRevoking(secret)}>
                Revoke<span className="sr-only"> {secret.prefix}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      <ConfirmDialog
        open={revoking !== undefined}
        onOpenChange={(open) => !open && setRevoking(undefined)}
        title={`Revoke the secret ${revoking?.prefix ?? ''}?`}
        losses={[
          `Every call that ${client.name} makes with it, from the next one on`,
          ...(client.secrets.length === 1
            ? ['Its last secret: nobody can sign in with it until it has another']
            : []),
        ]}
        keeps={['The client, its other secrets, and the people who are signed in']}
        action="Revoke secret"
        busy={revoke.isPending}
        error={failure && `${failure.title}. ${failure.detail}`}
        onConfirm={() =>
          revoking && revoke.mutate({ params: { id: serviceId, cid: client.id, sid: revoking.id } })
        }
      />
    </Card>
  );
}

export interface NewSecretPanelProps {
  readonly client: Client;
  readonly serviceId: string;
  readonly onClose: () => void;
}

/** Makes a secret, with the choice of how long those before it go on; shows it once. */
export function NewSecretPanel({ client, serviceId, onClose }: NewSecretPanelProps) {
  // As it was when the panel opened: the new one appears in the client's list at once.
  const [replaces] = useState(client.secrets.length);
  const [chosen, setChosen] = useState(0);
  const create = useAction(clientSecretsCreate, { showsErrors: true });
  const make = () => {
    const overlapMs = replaces > 0 ? overlaps[chosen]?.ms : undefined;
    create.mutate({
      params: { id: serviceId, cid: client.id },
      body: overlapMs === undefined ? {} : { othersExpireAt: new Date(Date.now() + overlapMs) },
    });
  };
  return (
    <SecretPanel
      title="New secret"
      description={client.name}
      secret={create.data?.secret}
      beside={[['Client id', client.clientId]]}
      note="The secret is shown only now. Put it where the client can read it; here it is kept as a digest."
      onClose={onClose}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          make();
        }}
      >
        {replaces > 0 ? (
          <Field
            label={replaces === 1 ? 'The secret before it works' : `The ${replaces} secrets before it work`}
            help="Time to put the new one in place, without an interruption."
          >
            <Select value={chosen} onChange={(event) => setChosen(Number(event.target.value))}>
              {overlaps.map(({ label }, index) => (
                <option key={label} value={index}>
                  {label}
                </option>
              ))}
            </Select>
          </Field>
        ) : (
          <p className="text-14">The secret is made now and shown once.</p>
        )}
        <FormProblem error={create.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={create.isPending}>
            Make secret
          </Button>
        </div>
      </form>
    </SecretPanel>
  );
}
