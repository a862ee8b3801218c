import {
  type IdentityProvider,
  identityProvidersCheck,
  identityProvidersDelete,
  identityProvidersRead,
  identityProvidersUpdate,
} from '@castellan/contract';
import {
  Badge,
  Button,
  Card,
  ConfirmDialog,
  CopyId,
  DefinitionList,
  ErrorState,
  Menu,
  MenuItem,
  RelativeTime,
  Skeleton,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { CircleAlert, CircleCheck, Pencil } from 'lucide-react';
import { useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { Page } from '../frame/page.tsx';
import { kinds } from '../providers/kinds.ts';
import { EditProviderPanel } from '../providers/provider-panels.tsx';
import { ActivityStrip, stripQuery } from '../timeline/activity-strip.tsx';

const providerOf = (id: string) => reading(identityProvidersRead, { params: { id } });

/** Starts what the page shows, while its code is still on its way. */
export function load(id: string): void {
  void queryClient.prefetchQuery(providerOf(id));
  void queryClient.prefetchQuery(stripQuery({ targetId: id }));
}

const route = getRouteApi('/frame/settings/sign-in/$id');
const breadcrumb = [
  <Link key="sign-in" to="/settings/sign-in" className="rounded-[4px] hover:text-primary">
    Sign-in
  </Link>,
];

/** One provider: what is registered there, whom it lets in, whether it answers. */
export function SignInProviderPage() {
  const { id } = route.useParams();
  const { data: provider, error, refetch } = useQuery(providerOf(id));
  if (error && !provider)
    return (
      <Page title="Provider" breadcrumb={breadcrumb}>
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      </Page>
    );
  if (!provider)
    return (
      <Page title="Provider" breadcrumb={breadcrumb} description={<Skeleton className="mt-1 h-4 w-64" />}>
        <div aria-hidden className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px]">
          <Card className="h-60">{null}</Card>
          <Card className="h-60">{null}</Card>
        </div>
      </Page>
    );
  return <ProviderView key={provider.id} provider={provider} />;
}

function ProviderView({ provider }: { provider: IdentityProvider }) {
  const [open, setOpen] = useState<'edit' | 'delete'>();
  const isOurs = provider.source === 'console';
  return (
    <Page
      title={provider.name}
      breadcrumb={breadcrumb}
      description={
        <span className="inline-flex flex-wrap items-center gap-2">
          {kinds[provider.kind].label}
          <Badge meaning={provider.enabled ? 'success' : 'neutral'} dot>
            {provider.enabled ? 'Enabled' : 'Disabled'}
          </Badge>
        </span>
      }
      actions={
        isOurs && (
          <>
            <Button icon={Pencil} onClick={() => setOpen('edit')}>
              Edit
            </Button>
            <More provider={provider} onDelete={() => setOpen('delete')} />
          </>
        )
      }
    >
      {!isOurs && (
        <p className="mb-4 rounded-control border border-info-border bg-info-surface px-3 py-2 text-13 text-info">
          This provider is kept by the setting IDENTITY_PROVIDERS; change it there and start the server again.
        </p>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_360px]">
        <div className="flex min-w-0 flex-col gap-4">
          <Registration provider={provider} />
          <Connection provider={provider} />
          <ActivityStrip filter={{ targetId: provider.id }} />
        </div>
        <Facts provider={provider} />
      </div>
      {open === 'edit' && <EditProviderPanel provider={provider} onClose={() => setOpen(undefined)} />}
      <DeleteDialog provider={provider} open={open === 'delete'} onClose={() => setOpen(undefined)} />
    </Page>
  );
}

function More({ provider, onDelete }: { provider: IdentityProvider; onDelete: () => void }) {
  const { id, name, enabled } = provider;
  const change = useAction(identityProvidersUpdate, {
    done: () => ({ title: enabled ? `Nobody signs in by ${name} now` : `People can sign in by ${name}` }),
  });
  return (
    <Menu label={`More actions for ${name}`}>
      <MenuItem onSelect={() => change.mutate({ params: { id }, body: { enabled: !enabled } })}>
        {enabled ? 'Disable' : 'Enable'}
      </MenuItem>
      <MenuItem danger onSelect={onDelete}>
        Delete provider
      </MenuItem>
    </Menu>
  );
}

/** What is to be entered at the provider, letter by letter. */
function Registration({ provider }: { provider: IdentityProvider }) {
  const { people, operators } = provider.redirectUris;
  const addresses = [
    { label: 'Redirect address for people', address: people },
    ...(provider.adminAllowed ? [{ label: 'Redirect address for operators', address: operators }] : []),
  ];
  return (
    <Card flush title="To register at the provider">
      <p className="px-4 pt-3 text-13 text-muted">{kinds[provider.kind].where}</p>
      {addresses.map(({ label, address }) => (
        <div key={label} className="border-b border-subtle px-4 py-3 last:border-0">
          <h3 className="mb-1 text-12 text-muted">{label}</h3>
          <CopyId value={address} className="text-13 text-primary" />
        </div>
      ))}
    </Card>
  );
}

/** Asks the provider now, and says what is wrong. */
function Connection({ provider }: { provider: IdentityProvider }) {
  const check = useAction(identityProvidersCheck);
  const { data: result } = check;
  return (
    <Card
      title="Connection"
      actions={
        <Button small busy={check.isPending} onClick={() => check.mutate({ params: { id: provider.id } })}>
          Check now
        </Button>
      }
    >
      <div aria-live="polite" className="text-13">
        {!result ? (
          <p className="text-muted">Asks the provider for its description, as a sign-in does.</p>
        ) : result.ok ? (
          <p className="flex items-start gap-2 text-success">
            <CircleCheck size={16} aria-hidden className="mt-0.5 shrink-0" />
            It answers. Whether the client and its secret are right shows at a sign-in.
          </p>
        ) : (
          <p className="flex items-start gap-2 text-danger">
            <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
            <span className="min-w-0 break-words">{result.problem}</span>
          </p>
        )}
      </div>
    </Card>
  );
}

function Facts({ provider }: { provider: IdentityProvider }) {
  const { issuer, tenant, clientId, scopes, trustedEmailDomains, createdAt } = provider;
  return (
    <Card title="Settings">
      <DefinitionList
        items={[
          ['Linked accounts', provider.identityCount.toLocaleString()],
          ['Makes accounts', provider.registrationAllowed ? 'Yes' : 'No, by invitation only'],
          ['Lets operators in', provider.adminAllowed ? 'Yes' : 'No'],
          ['Slug', <CopyId key="slug" value={provider.slug} />],
          ['Issuer', <CopyId key="issuer" value={issuer} />],
          ...(tenant ? [['Directory', <CopyId key="tenant" value={tenant} />] as const] : []),
          ['Client id', <CopyId key="client" value={clientId} />],
          [
            'Scopes',
            <span key="scopes" className="font-mono text-12 break-words">
              {scopes.join(' ')}
            </span>,
          ],
          [
            'Trusted domains',
            trustedEmailDomains.length === 0 ? (
              <span key="none" className="text-faint">
                None
              </span>
            ) : (
              <span key="domains" className="font-mono text-12 break-words">
                {trustedEmailDomains.join(', ')}
              </span>
            ),
          ],
          ['Added', <RelativeTime key="at" at={createdAt} />],
        ]}
      />
    </Card>
  );
}

interface DeleteDialogProps {
  readonly provider: IdentityProvider;
  readonly open: boolean;
  readonly onClose: () => void;
}

function DeleteDialog({ provider, open, onClose }: DeleteDialogProps) {
  const navigate = useNavigate();
  const remove = useAction(identityProvidersDelete, {
    done: () => ({ title: `${provider.name} is deleted` }),
    onDone: () => navigate({ to: '/settings/sign-in' }),
  });
  const { identityCount: linked } = provider;
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={`Delete ${provider.name}?`}
      losses={[
        linked === 0
          ? 'The provider, with its client secret'
          : `The provider, and the link of ${linked.toLocaleString()} ${linked === 1 ? 'account' : 'accounts'} to it: who has no other way in asks for a new invitation`,
      ]}
      keeps={['People’s accounts here, and where they are signed in now', 'The activity log']}
      typeToConfirm={provider.name}
      action="Delete provider"
      busy={remove.isPending}
      onConfirm={() => remove.mutate({ params: { id: provider.id } })}
    />
  );
}
