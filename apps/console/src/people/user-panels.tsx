import {
  type UserDetail,
  usersAddToWorkspace,
  usersUpdate,
  type WorkspaceRole,
  workspaceRoles,
} from '@castellan/contract';
import { Button, Field, Input, type PickerOption, Select, SidePanel } from '@castellan/ui';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { roleLabels } from './labels.tsx';
import { WorkspacePicker } from './workspace-picker.tsx';

interface PanelProps {
  readonly user: UserDetail;
  readonly onClose: () => void;
}

/** Edits a person's name. */
export function EditUserPanel({ user, onClose }: PanelProps) {
  const { form, busy, problem, submit, error } = useRouteForm(usersUpdate, {
    values: { name: user.name },
    toInput: ({ name }) => ({ params: { id: user.id }, body: { name } }),
    done: () => ({ title: 'The name is saved' }),
    onDone: onClose,
  });
  return (
    <SidePanel open onOpenChange={(open) => !open && onClose()} title="Edit name" description={user.email}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label="Name" error={error('name')}>
          <Input autoComplete="off" {...form.register('name')} />
        </Field>
        <FormProblem error={problem} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            Save
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}

/** Adds a person to a workspace with a role. */
export function AddToWorkspacePanel({ user, onClose }: PanelProps) {
  const { form, busy, problem, submit, error } = useRouteForm(usersAddToWorkspace, {
    values: { workspace: null as PickerOption | null, role: 'viewer' as WorkspaceRole },
    toInput: ({ workspace, role }) => ({
      params: { id: user.id },
      body: { workspaceId: workspace?.id ?? '', role },
    }),
    done: (_, { body }) => ({ title: `${user.name} is now ${roleLabels[body.role].toLowerCase()} there` }),
    onDone: onClose,
  });
  return (
    <SidePanel
      open
      onOpenChange={(open) => !open && onClose()}
      title="Add to workspace"
      description={user.name}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label="Workspace" error={error('workspaceId' as 'workspace') && 'Choose a workspace.'}>
          <WorkspacePicker
            value={form.watch('workspace')}
            onChange={(workspace) => form.setValue('workspace', workspace)}
            without={user.workspaces.map(({ id }) => id)}
          />
        </Field>
        <Field label="Role" error={error('role')}>
          <Select {...form.register('role')}>
            {workspaceRoles.map((role) => (
              <option key={role} value={role}>
                {roleLabels[role]}
              </option>
            ))}
          </Select>
        </Field>
        <FormProblem error={problem} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            Add
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}
