import { type Service, servicesCreate, servicesUpdate } from '@castellan/contract';
import { Button, Field, Input, SidePanel, Textarea } from '@castellan/ui';
import { useNavigate } from '@tanstack/react-router';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { fromLines, orNull, scopesFromLines, scopesToLines, toLines } from './text-lists.ts';

/** Registers a service and opens it; its first key is made there. */
export function CreateServicePanel({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const { form, busy, problem, submit, error } = useRouteForm(servicesCreate, {
    values: { name: '', description: '', origins: '' },
    toInput: ({ name, description, origins }) => ({
      body: { name, description, origins: fromLines(origins) },
    }),
    done: (service) => ({ title: `${service.name} is registered` }),
    onDone: (service) => navigate({ to: '/services/$id', params: { id: service.id } }),
  });
  return (
    <SidePanel
      open
      onOpenChange={(open) => !open && onClose()}
      title="Register a service"
      description="The back end of one of your products."
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field
          label="Name"
          error={error('name')}
          help="Lower-case letters, digits and hyphens. Tokens carry it, so it stays for good."
        >
          <Input autoComplete="off" spellCheck={false} className="font-mono" {...form.register('name')} />
        </Field>
        <Field label="Description" optional error={error('description')}>
          <Textarea {...form.register('description')} />
        </Field>
        <OriginsField error={error('origins')}>
          <Textarea spellCheck={false} className="font-mono text-13" {...form.register('origins')} />
        </OriginsField>
        <FormProblem error={problem} />
        <Buttons label="Register service" busy={busy} onClose={onClose} />
      </form>
    </SidePanel>
  );
}

/** Edits what is known of a service. */
export function EditServicePanel({ service, onClose }: { service: Service; onClose: () => void }) {
  const { form, busy, problem, submit, error } = useRouteForm(servicesUpdate, {
    values: {
      description: service.description,
      origins: toLines(service.origins),
      scopes: scopesToLines(service.scopes),
      resourceUri: service.resourceUri ?? '',
      adminUrl: service.adminUrl ?? '',
    },
    toInput: ({ description, origins, scopes, resourceUri, adminUrl }) => ({
      params: { id: service.id },
      body: {
        description,
        origins: fromLines(origins),
        scopes: scopesFromLines(scopes),
        resourceUri: orNull(resourceUri),
        adminUrl: orNull(adminUrl),
      },
    }),
    done: () => ({ title: 'The settings are saved' }),
    onDone: onClose,
  });
  return (
    <SidePanel
      open
      onOpenChange={(open) => !open && onClose()}
      title="Edit settings"
      description={service.name}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label="Description" optional error={error('description')}>
          <Textarea {...form.register('description')} />
        </Field>
        <OriginsField error={error('origins')}>
          <Textarea spellCheck={false} className="font-mono text-13" {...form.register('origins')} />
        </OriginsField>
        <Field
          label="Scopes"
          optional
          error={error('scopes')}
          help="What clients can ask people for. One on each line, with the words they read: orders:read See your orders"
        >
          <Textarea spellCheck={false} className="font-mono text-13" {...form.register('scopes')} />
        </Field>
        <Field
          label="Resource address"
          optional
          error={error('resourceUri')}
          help="Where its tokens are used (RFC 8707). Clients ask for tokens by it; its name stands for it without one."
        >
          <Input
            autoComplete="off"
            spellCheck={false}
            className="font-mono text-13"
            {...form.register('resourceUri')}
          />
        </Field>
        <Field
          label="Admin address"
          optional
          error={error('adminUrl')}
          help="The product’s own address, such as https://orders.example.com; /api/admin-machine-intent is added."
        >
          <Input
            autoComplete="off"
            spellCheck={false}
            className="font-mono text-13"
            {...form.register('adminUrl')}
          />
        </Field>
        <p className="text-12 text-muted">The name stays as it is: tokens carry it.</p>
        <FormProblem error={problem} />
        <Buttons label="Save" busy={busy} onClose={onClose} />
      </form>
    </SidePanel>
  );
}

function OriginsField(props: { error: string | undefined; children: React.ReactNode }) {
  return (
    <Field
      label="Origins of its pages"
      optional
      error={props.error}
      help="One on each line, such as https://app.example.com. Only pages of these may call Castellan."
    >
      {props.children}
    </Field>
  );
}

function Buttons(props: { label: string; busy: boolean; onClose: () => void }) {
  return (
    <div className="flex justify-end gap-2 pt-2">
      <Button onClick={props.onClose}>Cancel</Button>
      <Button type="submit" kind="primary" busy={props.busy}>
        {props.label}
      </Button>
    </div>
  );
}
