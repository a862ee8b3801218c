import { type Role, rolesCreate, rolesDelete, rolesUpdate, type WorkspaceDetail } from '@castellan/contract';
import { Button, ConfirmDialog, Field, Input, SidePanel, Textarea } from '@castellan/ui';
import { useNavigate } from '@tanstack/react-router';
import { Simulation } from '../access/simulation.tsx';
import { failureToast, useAction } from '../api/use-action.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { counted } from './words.ts';

interface Values {
  readonly name: string;
  readonly description: string;
}

/** Creates a role, and goes on to its page, where it gets actions and people. */
export function CreateRolePanel(props: {
  workspace: Pick<WorkspaceDetail, 'id' | 'name'>;
  onClose: () => void;
}) {
  const { workspace, onClose } = props;
  const navigate = useNavigate();
  const route = useRouteForm(rolesCreate, {
    values: { name: '', description: '' } satisfies Values,
    toInput: (body) => ({ params: { id: workspace.id }, body }),
    done: (role) => ({ title: `The role ${role.name} is created` }),
    onDone: (role) =>
      navigate({ to: '/workspaces/$id/roles/$roleId', params: { id: workspace.id, roleId: role.id } }),
  });
  return (
    <RoleForm
      {...route}
      title="Create a role"
      description={`In ${workspace.name}. It gets its actions and its people on the next page.`}
      action="Create role"
      onClose={onClose}
    />
  );
}

/** Edits name and description of a role. */
export function EditRolePanel({ role, onClose }: { role: Role; onClose: () => void }) {
  const route = useRouteForm(rolesUpdate, {
    values: { name: role.name, description: role.description } satisfies Values,
    toInput: (body) => ({ params: { id: role.id }, body }),
    done: () => ({ title: 'The role is saved' }),
    onDone: onClose,
  });
  return <RoleForm {...route} title={`Edit ${role.name}`} action="Save" onClose={onClose} />;
}

type RouteForm = Pick<
  ReturnType<typeof useRouteForm<typeof rolesUpdate, Values>>,
  'form' | 'busy' | 'problem' | 'submit' | 'error'
>;

function RoleForm(
  props: RouteForm & { title: string; description?: string; action: string; onClose: () => void },
) {
  const { form, busy, problem, submit, error, title, description, action, onClose } = props;
  return (
    <SidePanel open onOpenChange={(next) => !next && onClose()} title={title} description={description}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field
          label="Name"
          error={error('name')}
          help="What whoever holds it does: Approver, Warehouse clerk."
        >
          <Input autoComplete="off" {...form.register('name')} />
        </Field>
        <Field label="Description" optional error={error('description')}>
          <Textarea {...form.register('description')} />
        </Field>
        <FormProblem error={problem} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {action}
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}

/** The question before a role is deleted: what is lost with it, and who loses what. */
export function DeleteRoleQuestion(props: { role: Role; open: boolean; onClose: () => void }) {
  const { role, open, onClose } = props;
  const navigate = useNavigate();
  const remove = useAction(rolesDelete, {
    showsErrors: true,
    done: () => ({ title: `The role ${role.name} is deleted` }),
    onDone: () =>
      navigate({ to: '/workspaces/$id', params: { id: role.workspaceId }, search: { tab: 'roles' } }),
  });
  const failure = remove.error && failureToast(remove.error);
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => {
        if (next) return;
        remove.reset();
        onClose();
      }}
      title={`Delete the role ${role.name}?`}
      losses={[
        role.actionCount > 0
          ? `The role with its ${counted(role.actionCount, 'action')}`
          : 'The role, which has no actions',
        ...(role.memberCount > 0 ? [`The role of ${counted(role.memberCount, 'member')}`] : []),
        ...(role.groupCount > 0 ? [`The role of ${counted(role.groupCount, 'group')}`] : []),
      ]}
      keeps={['Members and groups themselves', 'What they may do by other roles']}
      action="Delete role"
      busy={remove.isPending}
      error={failure && `${failure.title}. ${failure.detail}`}
      onConfirm={() => remove.mutate({ params: { id: role.id } })}
    >
      <Simulation change={{ kind: 'role_deleted', role_id: role.id }} />
    </ConfirmDialog>
  );
}
