import { workspacesCreate } from '@castellan/contract';
import { Button, Field, Input, SidePanel, Textarea } from '@castellan/ui';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';

/** The slug that a name suggests: lower case, letters without marks, hyphens between words. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-|-$/g, '');
}

export interface CreatePanelProps {
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Creates a workspace and opens it. */
export function CreatePanel({ open, onClose }: CreatePanelProps) {
  return (
    <SidePanel
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title="Create a workspace"
      description="One customer, team or site: people are in it with a role."
    >
      <CreateForm onClose={onClose} />
    </SidePanel>
  );
}

function CreateForm({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const slugIsOwn = useRef(false);
  const { form, busy, problem, submit, error } = useRouteForm(workspacesCreate, {
    values: { name: '', slug: '', description: '' },
    toInput: ({ name, slug, description }) => ({ body: { name, slug, description } }),
    done: (workspace) => ({ title: `${workspace.name} is created` }),
    onDone: (workspace) => void navigate({ to: '/workspaces/$id', params: { id: workspace.id } }),
  });
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field label="Name" error={error('name')}>
        <Input
          autoComplete="off"
          {...form.register('name', {
            onChange: (event: { target: { value: string } }) => {
              if (!slugIsOwn.current) form.setValue('slug', slugOf(event.target.value));
            },
          })}
        />
      </Field>
      <Field
        label="Slug"
        error={error('slug')}
        help="Names the workspace in files and addresses. It stays for good."
      >
        <Input
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
          {...form.register('slug', {
            onChange: () => {
              slugIsOwn.current = true;
            },
          })}
        />
      </Field>
      <Field label="Description" optional error={error('description')}>
        <Textarea {...form.register('description')} />
      </Field>
      <FormProblem error={problem} />
      <div className="flex justify-end gap-2 pt-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy}>
          Create workspace
        </Button>
      </div>
    </form>
  );
}
