import { usersCreate, type WorkspaceRole, workspaceRoles } from '@castellan/contract';
import { Button, Field, Input, type PickerOption, Select, SidePanel } from '@castellan/ui';
import { useNavigate } from '@tanstack/react-router';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { roleLabels } from './labels.tsx';
import { WorkspacePicker } from './workspace-picker.tsx';

interface Values {
  email: string;
  name: string;
  workspace: PickerOption | null;
  role: WorkspaceRole;
}

export interface InvitePanelProps {
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Creates an account and sends its owner a link to set a password. */
export function InvitePanel({ open, onClose }: InvitePanelProps) {
  return (
    <SidePanel
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title="Invite a person"
      description="They get a link to set a password. It works once and for seven days."
    >
      <InviteForm onClose={onClose} />
    </SidePanel>
  );
}

function InviteForm({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const { form, busy, problem, submit, error } = useRouteForm(usersCreate, {
    values: { email: '', name: '', workspace: null, role: 'viewer' } as Values,
    toInput: ({ email, name, workspace, role }) => ({
      body: { email: email.toLowerCase(), name, ...(workspace ? { workspaceId: workspace.id, role } : {}) },
    }),
    done: (user) => ({
      title: `${user.name} is invited`,
      action: { label: 'View', run: () => void navigate({ to: '/users/$id', params: { id: user.id } }) },
    }),
    onDone: onClose,
  });
  const workspace = form.watch('workspace');
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field label="E-mail" error={error('email')}>
        <Input type="email" autoComplete="off" {...form.register('email')} />
      </Field>
      <Field label="Name" error={error('name')} help="They can change it when they set their password.">
        <Input autoComplete="off" {...form.register('name')} />
      </Field>
      <Field label="Workspace" optional>
        <WorkspacePicker value={workspace} onChange={(value) => form.setValue('workspace', value)} />
      </Field>
      {workspace && (
        <Field label="Role in the workspace" error={error('role')}>
          <Select {...form.register('role')}>
            {workspaceRoles.map((role) => (
              <option key={role} value={role}>
                {roleLabels[role]}
              </option>
            ))}
          </Select>
        </Field>
      )}
      <FormProblem error={problem} />
      <div className="flex justify-end gap-2 pt-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy}>
          Invite
        </Button>
      </div>
    </form>
  );
}
