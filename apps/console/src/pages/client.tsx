import { type Client, clientsEnd, clientsRead, servicesRead } from '@castellan/contract';
import {
  Badge,
  Button,
  Card,
  ConfirmDialog,
  CopyId,
  DefinitionList,
  EmptyState,
  ErrorState,
  Menu,
  MenuItem,
  MenuSeparator,
  RelativeTime,
  Skeleton,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { KeyRound, Palette, ShieldCheck, Signpost, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { failureToast, useAction } from '../api/use-action.ts';
import { Page } from '../frame/page.tsx';
import { Branding, ClientMark, EditBrandingPanel } from '../services/branding.tsx';
import { ClientSecrets, NewSecretPanel } from '../services/client-secrets.tsx';
import { kindOf } from '../services/clients.tsx';
import { EditAccessPanel, EditAddressesPanel, EditKeysPanel } from '../services/edit-client-panels.tsx';
import { authMethodLabels, grantTypeLabels, takesSecret } from '../services/labels.ts';
import { ActivityStrip, stripQuery } from '../timeline/activity-strip.tsx';

const clientOf = (id: string, cid: string) => reading(clientsRead, { params: { id, cid } });
const serviceOf = (id: string) => reading(servicesRead, { params: { id } });

/** Starts what the page shows, while its code is still on its way. */
export function load(id: string, cid: string): void {
  void queryClient.prefetchQuery(clientOf(id, cid));
  void queryClient.prefetchQuery(serviceOf(id));
  void queryClient.prefetchQuery(stripQuery({ targetId: cid }));
}

const route = getRouteApi('/frame/services/$id/clients/$cid');
type Panel = 'secret' | 'addresses' | 'access' | 'keys' | 'branding' | 'end';

/** One OAuth client: where it sends people, how it proves itself, how it looks. */
export function ClientPage() {
  const { id, cid } = route.useParams();
  const service = useQuery(serviceOf(id)).data;
  const { data: client, error, refetch } = useQuery(clientOf(id, cid));
  const link = 'rounded-[4px] hover:text-primary';
  const breadcrumb = [
    <Link key="services" to="/services" className={link}>
      Services
    </Link>,
    <Link key="service" to="/services/$id" params={{ id }} className={link}>
      {service?.name ?? 'Service'}
    </Link>,
  ];
  if (error && !client)
    return (
      <Page title="Client" breadcrumb={breadcrumb}>
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      </Page>
    );
  if (!client)
    return (
      <Page
        title="Client"
        breadcrumb={breadcrumb}
        lead={<Skeleton className="size-12" />}
        description={<Skeleton className="mt-1 h-4 w-48" />}
      >
        <div aria-hidden className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px]">
          <Card className="h-60">{null}</Card>
          <Card className="h-60">{null}</Card>
        </div>
      </Page>
    );
  return <ClientView key={client.id} client={client} serviceId={id} breadcrumb={breadcrumb} />;
}

interface ViewProps {
  readonly client: Client;
  readonly serviceId: string;
  readonly breadcrumb: readonly ReactNode[];
}

function ClientView({ client, serviceId, breadcrumb }: ViewProps) {
  const { secret } = route.useSearch();
  const navigate = route.useNavigate();
  // Whoever has just registered a client with a secret comes to make it.
  const [open, setOpen] = useState<Panel | undefined>(secret === 'new' ? 'secret' : undefined);
  const close = () => {
    setOpen(undefined);
    if (secret) void navigate({ search: {}, replace: true });
  };
  const ended = client.endedAt !== null;
  const edit = (panel: Panel) => (ended ? undefined : () => setOpen(panel));
  const usesSecrets = takesSecret(client.tokenEndpointAuthMethod);
  return (
    <Page
      title={client.name}
      breadcrumb={breadcrumb}
      lead={<ClientMark client={client} size={48} />}
      badges={
        <>
          <Badge>{kindOf(client)}</Badge>
          {ended && <Badge dot>Ended</Badge>}
        </>
      }
      description={<CopyId value={client.clientId} />}
      actions={!ended && <Actions client={client} onOpen={setOpen} />}
    >
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px]">
        <div className="flex min-w-0 flex-col gap-4">
          {usesSecrets && !ended && (
            <ClientSecrets client={client} serviceId={serviceId} onNew={() => setOpen('secret')} />
          )}
          {(client.jwks || client.jwksUri || client.tokenEndpointAuthMethod === 'private_key_jwt') && (
            <Keys client={client} onEdit={edit('keys')} />
          )}
          <Addresses client={client} onEdit={edit('addresses')} />
          <ActivityStrip filter={{ targetId: client.id }} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Access client={client} onEdit={edit('access')} />
          <Branding client={client} onEdit={edit('branding')} />
        </div>
      </div>
      {open === 'secret' && <NewSecretPanel client={client} serviceId={serviceId} onClose={close} />}
      {open === 'addresses' && <EditAddressesPanel client={client} serviceId={serviceId} onClose={close} />}
      {open === 'access' && <EditAccessPanel client={client} serviceId={serviceId} onClose={close} />}
      {open === 'keys' && <EditKeysPanel client={client} serviceId={serviceId} onClose={close} />}
      {open === 'branding' && <EditBrandingPanel client={client} serviceId={serviceId} onClose={close} />}
      <EndQuestion client={client} serviceId={serviceId} open={open === 'end'} onClose={close} />
    </Page>
  );
}

function Actions({ client, onOpen }: { client: Client; onOpen: (panel: Panel) => void }) {
  return (
    <Menu label={`More actions for ${client.name}`}>
      <MenuItem icon={Signpost} onSelect={() => onOpen('addresses')}>
        Edit addresses
      </MenuItem>
      <MenuItem icon={ShieldCheck} onSelect={() => onOpen('access')}>
        Edit access
      </MenuItem>
      <MenuItem icon={KeyRound} onSelect={() => onOpen('keys')}>
        Edit keys
      </MenuItem>
      <MenuItem icon={Palette} onSelect={() => onOpen('branding')}>
        Edit branding
      </MenuItem>
      <MenuSeparator />
      <MenuItem danger icon={Trash2} onSelect={() => onOpen('end')}>
        End client
      </MenuItem>
    </Menu>
  );
}

function EditButton({ what, onEdit }: { what: string; onEdit: (() => void) | undefined }) {
  return (
    onEdit && (
      <Button small onClick={onEdit}>
        Edit<span className="sr-only"> {what}</span>
      </Button>
    )
  );
}

function Addresses({ client, onEdit }: { client: Client; onEdit: (() => void) | undefined }) {
  const groups = [
    { label: 'After signing in', list: client.redirectUris },
    { label: 'After signing out', list: client.postLogoutRedirectUris },
    { label: 'Sign-out calls', list: client.backchannelLogoutUri ? [client.backchannelLogoutUri] : [] },
  ].filter(({ list }) => list.length > 0);
  return (
    <Card flush title="Addresses" actions={<EditButton what="addresses" onEdit={onEdit} />}>
      {groups.length === 0 ? (
        <EmptyState compact title="No address">
          {client.grantTypes.includes('authorization_code')
            ? 'People can not come back to it until it has one.'
            : 'Nobody is sent back to it, so it needs none.'}
        </EmptyState>
      ) : (
        groups.map(({ label, list }) => (
          <div key={label} className="border-b border-subtle px-4 py-3 last:border-0">
            <h3 className="mb-1 text-12 text-muted">{label}</h3>
            <ul className="flex flex-col gap-1">
              {list.map((address) => (
                <li key={address}>
                  <CopyId value={address} className="text-13 text-primary" />
                </li>
              ))}
            </ul>
          </div>
        ))
      )}
    </Card>
  );
}

function Keys({ client, onEdit }: { client: Client; onEdit: (() => void) | undefined }) {
  return (
    <Card flush title="Public keys" actions={<EditButton what="keys" onEdit={onEdit} />}>
      {client.jwksUri ? (
        <p className="px-4 py-3">
          <CopyId value={client.jwksUri} className="text-13 text-primary" />
        </p>
      ) : client.jwks ? (
        <ul>
          {client.jwks.keys.map((key, index) => (
            // A set without ids has one key; the others are told apart by theirs.
            <li
              key={String(key.kid ?? index)}
              className="flex min-h-10 items-center gap-3 border-b border-subtle px-4 last:border-0"
            >
              <span className="min-w-0 flex-1 truncate font-mono text-13">
                {String(key.kid ?? 'without id')}
              </span>
              <Badge>{[key.kty, key.crv].filter(Boolean).join(' ')}</Badge>
            </li>
          ))}
        </ul>
      ) : (
        <EmptyState compact title="No key">
          It can not prove itself until its public key is here.
        </EmptyState>
      )}
    </Card>
  );
}

function Access({ client, onEdit }: { client: Client; onEdit: (() => void) | undefined }) {
  return (
    <Card title="Access" actions={<EditButton what="access" onEdit={onEdit} />}>
      <DefinitionList
        items={[
          ['Proves itself', authMethodLabels[client.tokenEndpointAuthMethod]],
          [
            'Used for',
            <ul key="ways">
              {client.grantTypes.map((type) => (
                <li key={type}>{grantTypeLabels[type]}</li>
              ))}
            </ul>,
          ],
          [
            'Scopes',
            client.allowedScopes.length === 0 ? (
              <span key="none" className="text-faint">
                None
              </span>
            ) : (
              <span key="scopes" className="font-mono text-13">
                {client.allowedScopes.join(' ')}
              </span>
            ),
          ],
          ['Consent', client.skipsConsent ? 'People are not asked' : 'People are asked'],
          ['ID tokens', `signed with ${client.idTokenSignedResponseAlg}`],
          ['Access tokens', `signed with ${client.accessTokenSignedResponseAlg}`],
          ['Sign-ins', client.sessionCount.toLocaleString()],
          ['Registered', <RelativeTime key="at" at={client.createdAt} />],
          client.endedAt
            ? ['Ended', <RelativeTime key="at" at={client.endedAt} />]
            : ['Edited', <RelativeTime key="at" at={client.updatedAt} />],
        ]}
      />
    </Card>
  );
}

function EndQuestion(props: { client: Client; serviceId: string; open: boolean; onClose: () => void }) {
  const { client, serviceId, open, onClose } = props;
  const end = useAction(clientsEnd, {
    showsErrors: true,
    done: () => ({ title: `${client.name} has ended` }),
    onDone: onClose,
  });
  const failure = end.error && failureToast(end.error);
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={`End the client ${client.name}?`}
      description="This can not be undone."
      losses={[
        `${client.sessionCount.toLocaleString()} ${client.sessionCount === 1 ? 'sign-in' : 'sign-ins'} through it, from the next call on`,
        'What people allowed it',
        ...(client.secrets.length > 0
          ? [`${client.secrets.length} ${client.secrets.length === 1 ? 'secret' : 'secrets'}`]
          : []),
      ]}
      keeps={['The service with its other clients', 'The accounts of people', 'Past activity']}
      typeToConfirm={client.name}
      action="End client"
      busy={end.isPending}
      error={failure && `${failure.title}. ${failure.detail}`}
      onConfirm={() => end.mutate({ params: { id: serviceId, cid: client.id } })}
    />
  );
}
