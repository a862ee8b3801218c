import { type Service, type ServiceKey, serviceKeysCreate, serviceKeysRevoke } from '@castellan/contract';
import { Button, Card, ConfirmDialog, EmptyState, RelativeTime } from '@castellan/ui';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { failureToast, useAction } from '../api/use-action.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { SecretPanel } from './secret-panel.tsx';
import { secretRow } from './secret-row.ts';

/** The keys by which a service proves itself when it asks who somebody is. */
export function ServiceKeys({ service }: { service: Service }) {
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ServiceKey>();
  const revoke = useAction(serviceKeysRevoke, {
    showsErrors: true,
    done: () => ({ title: 'The key is revoked', detail: 'The next call with it is refused.' }),
    onDone: () => setRevoking(undefined),
  });
  const failure = revoke.error && failureToast(revoke.error);
  return (
    <Card
      flush
      title="Service keys"
      description="The back end asks Castellan with one of these"
      actions={
        <Button small icon={Plus} onClick={() => setMaking(true)}>
          New key
        </Button>
      }
    >
      {service.keys.length === 0 ? (
        <EmptyState compact title="No key">
          Without one the back end can not ask who is signed in.
        </EmptyState>
      ) : (
        <ul>
          {service.keys.map((key) => (
            <li key={key.id} className={secretRow}>
              <span className="min-w-0 flex-1">
                <span className="block truncate font-mono text-13">{key.prefix}</span>
                <span className="block truncate text-12 text-muted">
                  created <RelativeTime at={key.createdAt} /> · used{' '}
                  <RelativeTime at={key.lastUsedAt} none="never" />
                </span>
              </span>
              <Button small onClick={() => setRevoking(key)}>
                Revoke<span className="sr-only"> {key.prefix}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {making && <NewKeyPanel service={service} onClose={() => setMaking(false)} />}
      <ConfirmDialog
        open={revoking !== undefined}
        onOpenChange={(open) => !open && setRevoking(undefined)}
        title={`Revoke the key ${revoking?.prefix ?? ''}?`}
        losses={[
          `Every call that ${service.name} makes with it, from the next one on`,
          ...(service.keys.length === 1 ? ['Its last key: it can ask nothing until it has another'] : []),
        ]}
        keeps={['The service, its clients and its other keys']}
        action="Revoke key"
        busy={revoke.isPending}
        error={failure && `${failure.title}. ${failure.detail}`}
        onConfirm={() => revoking && revoke.mutate({ params: { id: service.id, kid: revoking.id } })}
      />
    </Card>
  );
}

function NewKeyPanel({ service, onClose }: { service: Service; onClose: () => void }) {
  const create = useAction(serviceKeysCreate, { showsErrors: true });
  return (
    <SecretPanel
      title="New service key"
      description={service.name}
      secret={create.data?.key}
      note="The key is shown only now. Put it where the service can read it; here it is kept as a digest."
      onClose={onClose}
    >
      <div className="flex flex-col gap-4">
        <p className="text-14">
          The keys that are there go on working. Put the new one in place, see here that it is used, then
          revoke the old one.
        </p>
        <FormProblem error={create.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            busy={create.isPending}
            onClick={() => create.mutate({ params: { id: service.id } })}
          >
            Make key
          </Button>
        </div>
      </div>
    </SecretPanel>
  );
}
