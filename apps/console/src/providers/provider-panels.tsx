import {
  type IdentityProvider,
  identityProvidersCreate,
  identityProvidersUpdate,
  type ProviderKind,
  providerKinds,
} from '@castellan/contract';
import { Button, Field, Input, Select, SidePanel, Switch, Textarea } from '@castellan/ui';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { fromLines, fromWords, toLines } from '../services/text-lists.ts';
import { kinds } from './kinds.ts';

const orNothing = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim());

interface PanelProps {
  readonly title: string;
  readonly description: string;
  readonly submitLabel: string;
  readonly busy: boolean;
  readonly problem: Error | undefined;
  readonly onSubmit: React.FormEventHandler;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function Panel({ title, description, submitLabel, busy, problem, onSubmit, onClose, children }: PanelProps) {
  return (
    <SidePanel open onOpenChange={(open) => !open && onClose()} title={title} description={description}>
      {/* What the browser keeps as a password is another one than the client's secret. */}
      <form onSubmit={onSubmit} noValidate autoComplete="off" className="flex flex-col gap-4">
        {children}
        <FormProblem error={problem} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {submitLabel}
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}

const mono = { autoComplete: 'off', spellCheck: false, className: 'font-mono text-13' } as const;

/** Adds a provider and opens it: there is what has to be registered at the provider. */
export function AddProviderPanel({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const { form, busy, problem, submit, error } = useRouteForm(identityProvidersCreate, {
    values: {
      kind: 'google' as ProviderKind,
      name: kinds.google.name,
      slug: kinds.google.slug,
      issuer: '',
      tenant: '',
      clientId: '',
      clientSecret: '',
    },
    toInput: ({ kind, name, slug, issuer, tenant, clientId, clientSecret }) => ({
      body: {
        ...{ kind, slug, clientId, clientSecret, name: orNothing(name) },
        issuer: kind === 'google' ? undefined : orNothing(issuer),
        tenant: kind === 'entra' ? tenant.trim() : undefined,
      },
    }),
    done: (provider) => ({ title: `${provider.name} is added` }),
    onDone: (provider) => navigate({ to: '/settings/sign-in/$id', params: { id: provider.id } }),
  });
  const kind = form.watch('kind');
  const choose = (chosen: ProviderKind) => {
    form.setValue('name', kinds[chosen].name);
    form.setValue('slug', kinds[chosen].slug);
  };
  return (
    <Panel
      {...{ busy, problem, onClose }}
      title="Add a provider"
      description="People sign in there and come back here."
      submitLabel="Add provider"
      onSubmit={submit}
    >
      <Field label="Kind" error={error('kind')} help={kinds[kind].where}>
        <Select
          {...form.register('kind', { onChange: ({ target }) => choose(target.value as ProviderKind) })}
        >
          {providerKinds.map((one) => (
            <option key={one} value={one}>
              {kinds[one].label}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Name" error={error('name')} help="What people read on the button.">
        <Input autoComplete="off" {...form.register('name')} />
      </Field>
      <Field
        label="Slug"
        error={error('slug')}
        help="Part of the address that you register there. It stays for good."
      >
        <Input {...mono} {...form.register('slug')} />
      </Field>
      {kind === 'oidc' && (
        <Field
          label="Issuer"
          error={error('issuer')}
          help="Its description is at this address, followed by /.well-known/openid-configuration. It stays for good."
        >
          <Input {...mono} placeholder="https://id.example.com" {...form.register('issuer')} />
        </Field>
      )}
      {kind === 'github' && (
        <Field
          label="Address of the site"
          optional
          error={error('issuer')}
          help="Of a GitHub Enterprise Server; github.com without one."
        >
          <Input {...mono} placeholder="https://github.example.com" {...form.register('issuer')} />
        </Field>
      )}
      {kind === 'entra' && (
        <Field
          label="Directory (tenant) id"
          error={error('tenant')}
          help="Only people of this one directory are let in."
        >
          <Input {...mono} placeholder="00000000-0000-0000-0000-000000000000" {...form.register('tenant')} />
        </Field>
      )}
      <Field label="Client id" error={error('clientId')}>
        <Input {...mono} {...form.register('clientId')} />
      </Field>
      <Field
        label="Client secret"
        error={error('clientSecret')}
        help="Kept encrypted, and never shown again."
      >
        <Input {...mono} type="password" autoComplete="new-password" {...form.register('clientSecret')} />
      </Field>
    </Panel>
  );
}

/** Edits what may be changed of a provider: what its accounts are unique within stays. */
export function EditProviderPanel({
  provider,
  onClose,
}: {
  provider: IdentityProvider;
  onClose: () => void;
}) {
  const { form, busy, problem, submit, error } = useRouteForm(identityProvidersUpdate, {
    values: {
      name: provider.name,
      clientId: provider.clientId,
      clientSecret: '',
      scopes: provider.scopes.join(' '),
      trustedEmailDomains: toLines(provider.trustedEmailDomains),
      registrationAllowed: provider.registrationAllowed,
      adminAllowed: provider.adminAllowed,
    },
    toInput: ({ clientSecret, scopes, trustedEmailDomains, ...rest }) => ({
      params: { id: provider.id },
      body: {
        ...rest,
        clientSecret: orNothing(clientSecret),
        scopes: fromWords(scopes),
        trustedEmailDomains: fromLines(trustedEmailDomains).map((domain) => domain.toLowerCase()),
      },
    }),
    done: () => ({ title: 'The provider is saved' }),
    onDone: onClose,
  });
  const { adminAllowed, registrationAllowed } = form.watch();
  return (
    <Panel
      {...{ busy, problem, onClose }}
      title="Edit provider"
      description={kinds[provider.kind].label}
      submitLabel="Save"
      onSubmit={submit}
    >
      <Field label="Name" error={error('name')} help="What people read on the button.">
        <Input autoComplete="off" {...form.register('name')} />
      </Field>
      <Field label="Client id" error={error('clientId')}>
        <Input {...mono} {...form.register('clientId')} />
      </Field>
      <Field
        label="New client secret"
        optional
        error={error('clientSecret')}
        help="The one that is kept stays unless you write another."
      >
        <Input {...mono} type="password" autoComplete="new-password" {...form.register('clientSecret')} />
      </Field>
      <Field label="Scopes" error={error('scopes')} help="What is asked for, with spaces between.">
        <Input {...mono} {...form.register('scopes')} />
      </Field>
      <Field
        label="Trusted e-mail domains"
        optional
        error={error('trustedEmailDomains')}
        help="One on each line. Addresses of these count as verified where the provider does not say. Name only domains that all belong to whoever runs it."
      >
        <Textarea {...mono} rows={2} placeholder="example.com" {...form.register('trustedEmailDomains')} />
      </Field>
      <Switch
        label="Makes accounts"
        help="People who were not invited get an account when they first come by it."
        checked={registrationAllowed}
        onChange={(value) => form.setValue('registrationAllowed', value)}
      />
      <Switch
        label="Lets operators in"
        help="Administrators may come to the console by it, and ADMIN_EMAILS takes its word on an e-mail address."
        checked={adminAllowed}
        onChange={(value) => form.setValue('adminAllowed', value)}
      />
    </Panel>
  );
}
