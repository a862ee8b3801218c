import {
  productViewsCreate,
  productViewsDelete,
  productViewsList,
  productViewsUpdate,
  type SavedView,
} from '@castellan/contract';
import {
  Button,
  Checkbox,
  ConfirmDialog,
  Field,
  Input,
  Menu,
  MenuChoice,
  MenuItem,
  MenuLabel,
  MenuSeparator,
  SidePanel,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Bookmark, Save, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { reading } from '../api/queries.ts';
import { useAction } from '../api/use-action.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import type { ListAddress } from './address.ts';
import type { ModelPlace } from './queries.ts';
import { isSame } from './values.ts';

interface ViewsProps {
  readonly at: ModelPlace;
  /** The list as the address has it. */
  readonly address: ListAddress;
  /** The view that the address names. */
  readonly current: string | undefined;
  readonly onOpen: (view: SavedView) => void;
  /** Names the view that the list stands for now; nothing after it was deleted. */
  readonly onSaved: (id: string | undefined) => void;
}

/** What of an address a view keeps. */
export const stateOf = ({ search, filter, sort, columns }: ListAddress): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries({ search, filter, sort, columns }).filter(([, value]) => value !== undefined),
  );

/** Lists that somebody keeps: to open, to make of what is shown now, to change and to delete. */
export function Views({ at, address, current, onOpen, onSaved }: ViewsProps) {
  const { data } = useQuery(
    reading(productViewsList, { params: { id: at.id }, query: { model: at.model.name } }),
  );
  const [panel, setPanel] = useState<'save' | 'delete'>();
  const view = data?.items.find(({ id }) => id === current);
  const state = stateOf(address);
  const isChanged = view !== undefined && !isSame(view.state, state);
  const mayChange = view !== undefined && (view.isOwn || (view.isShared && at.role !== 'support'));
  const update = useAction(productViewsUpdate, { done: ({ name }) => ({ title: `View ${name} is saved` }) });
  const remove = useAction(productViewsDelete, {
    done: () => ({ title: 'The view is deleted' }),
    onDone: () => {
      setPanel(undefined);
      onSaved(undefined);
    },
  });
  const own = data?.items.filter(({ isOwn }) => isOwn) ?? [];
  const shared = data?.items.filter(({ isOwn }) => !isOwn) ?? [];
  const choices = (views: readonly SavedView[]) =>
    views.map((one) => (
      <MenuChoice key={one.id} checked={one.id === current} onSelect={() => onOpen(one)}>
        {one.name}
        {one.isOwn && one.isShared && <span className="text-12 font-normal text-muted"> shared</span>}
      </MenuChoice>
    ));
  return (
    <>
      <Menu
        label="Saved views"
        trigger={
          <Button kind="quiet" icon={Bookmark}>
            <span className="max-w-32 truncate">{view?.name ?? 'Views'}</span>
            {isChanged && <span className="text-12 font-normal text-muted">changed</span>}
          </Button>
        }
      >
        {own.length > 0 && <MenuLabel>Yours</MenuLabel>}
        {choices(own)}
        {shared.length > 0 && <MenuLabel>Shared with you</MenuLabel>}
        {choices(shared)}
        {data && data.items.length > 0 && <MenuSeparator />}
        {isChanged && mayChange && (
          <MenuItem
            icon={Save}
            onSelect={() => update.mutate({ params: { id: at.id, vid: view.id }, body: { state } })}
          >
            Save changes to {view.name}
          </MenuItem>
        )}
        <MenuItem icon={Bookmark} onSelect={() => setPanel('save')}>
          Save this list as a view
        </MenuItem>
        {mayChange && (
          <MenuItem
            onSelect={() =>
              update.mutate({ params: { id: at.id, vid: view.id }, body: { isShared: !view.isShared } })
            }
          >
            {view.isShared ? 'Stop sharing' : 'Share with every operator'}
          </MenuItem>
        )}
        {mayChange && (
          <MenuItem danger icon={Trash2} onSelect={() => setPanel('delete')}>
            Delete {view.name}
          </MenuItem>
        )}
      </Menu>
      {panel === 'save' && (
        <SaveView at={at} state={state} onClose={() => setPanel(undefined)} onSaved={onSaved} />
      )}
      {view && (
        <ConfirmDialog
          open={panel === 'delete'}
          onOpenChange={(open) => !open && setPanel(undefined)}
          title={`Delete the view ${view.name}?`}
          losses={[
            view.isShared
              ? 'The view, for everyone it is shared with'
              : 'The view with its filters and columns',
          ]}
          keeps={['Every row']}
          action="Delete view"
          busy={remove.isPending}
          onConfirm={() => remove.mutate({ params: { id: at.id, vid: view.id } })}
        />
      )}
    </>
  );
}

function SaveView(props: {
  at: ModelPlace;
  state: Record<string, unknown>;
  onClose: () => void;
  onSaved: (id: string) => void;
}) {
  const { at, state, onClose, onSaved } = props;
  const { form, busy, problem, submit, error } = useRouteForm(productViewsCreate, {
    values: { name: '', isShared: false },
    toInput: ({ name, isShared }) => ({
      params: { id: at.id },
      body: { name, isShared, model: at.model.name, state },
    }),
    done: ({ name }) => ({ title: `View ${name} is saved` }),
    onDone: ({ id }) => {
      onSaved(id);
      onClose();
    },
  });
  return (
    <SidePanel
      open
      onOpenChange={(open) => !open && onClose()}
      title="Save this list as a view"
      description="Search, filters, order and columns, as they are now."
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label="Name" error={error('name')}>
          <Input autoComplete="off" {...form.register('name')} />
        </Field>
        <Checkbox
          label={`Share with every operator of ${at.name}`}
          checked={form.watch('isShared')}
          onChange={(checked) => form.setValue('isShared', checked)}
        />
        <FormProblem error={problem} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            Save view
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}
