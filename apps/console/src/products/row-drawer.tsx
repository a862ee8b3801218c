import { type AdminAction, castellanProductId } from '@castellan/contract';
import {
  Badge,
  Button,
  buttonClasses,
  Card,
  CopyId,
  DefinitionList,
  ErrorState,
  Menu,
  MenuItem,
  MenuSeparator,
  SidePanel,
  Skeleton,
  Tabs,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { mayActAs, SignInAsButton } from '../impersonation/sign-in-as.tsx';
import { ActivityStrip } from '../timeline/activity-strip.tsx';
import { ActionPanel } from './action-panel.tsx';
import { DeleteRow } from './delete-row.tsx';
import { hasGone, productFailure } from './failure.ts';
import { History } from './history.tsx';
import {
  fieldNamed,
  idOf,
  listQuery,
  type ModelPlace,
  modelNamed,
  nameOf,
  type ReadAnswer,
  rowQuery,
} from './queries.ts';
import { customActionsFor, may, shownFields } from './rights.ts';
import { EditForm } from './row-form.tsx';
import { DetailValue, Hidden } from './value.tsx';
import { countText } from './values.ts';

/** The sections of a drawer. */
export const drawerTabs = ['details', 'related', 'history'] as const;
/** One section. */
export type DrawerTab = (typeof drawerTabs)[number];

interface RowDrawerProps {
  readonly at: ModelPlace;
  readonly id: string;
  readonly tab: DrawerTab;
  readonly isEditing: boolean;
  readonly onTab: (tab: DrawerTab) => void;
  readonly onEdit: (isEditing: boolean) => void;
  readonly onClose: () => void;
}

/** One row over its list: everything it holds, what belongs to it, what happened to it, and what can be done. */
export function RowDrawer(props: RowDrawerProps) {
  const { at, id, isEditing, onClose } = props;
  const { data, error, refetch } = useQuery(rowQuery(at.id, at.model.name, id));
  const name = data ? nameOf(at.model, data.row) : at.model.label;
  return (
    <SidePanel
      wide
      open
      onOpenChange={(open) => !open && onClose()}
      title={isEditing ? `Edit ${name}` : name}
      description={
        <span className="flex flex-wrap items-center gap-x-2">
          {at.model.label}
          <CopyId value={id} shown={id.length > 28 ? `${id.slice(0, 12)}…${id.slice(-8)}` : id} />
        </span>
      }
    >
      {error && hasGone(error) ? (
        <div className="flex flex-col gap-4">
          <ErrorState failure={productFailure(error, at.name)} />
          {/* Whoever may bring it back finds that here. */}
          <History at={at} id={id} />
        </div>
      ) : error && !data ? (
        <ErrorState failure={productFailure(error, at.name)} onRetry={() => void refetch()} />
      ) : !data ? (
        <div aria-hidden className="flex flex-col gap-3">
          {Array.from({ length: Math.min(10, at.model.fields.length) }, (_, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity
            <Skeleton key={line} className={line % 3 ? 'h-4 w-3/5' : 'h-4 w-2/5'} />
          ))}
        </div>
      ) : isEditing ? (
        <EditForm at={at} id={id} read={data} onDone={() => props.onEdit(false)} />
      ) : (
        <RowView {...props} read={data} />
      )}
    </SidePanel>
  );
}

function RowView(props: RowDrawerProps & { read: ReadAnswer }) {
  const { at, id, read, tab, onTab, onEdit, onClose } = props;
  const [action, setAction] = useState<AdminAction>();
  const [deleting, setDeleting] = useState(false);
  const name = nameOf(at.model, read.row);
  return (
    <div className="flex flex-col gap-4">
      <RowActions
        at={at}
        id={id}
        name={name}
        onEdit={() => onEdit(true)}
        onAction={setAction}
        onDelete={() => setDeleting(true)}
      />
      <Tabs
        label="Sections"
        value={tab}
        onChange={(next) => onTab(next as DrawerTab)}
        tabs={[
          { id: 'details', label: 'Details', content: <Details at={at} read={read} /> },
          ...(at.model.referencedBy.length > 0
            ? [{ id: 'related', label: 'Related', content: <RelatedLists at={at} read={read} /> }]
            : []),
          at.id === castellanProductId
            ? { id: 'history', label: 'Activity', content: <OwnActivity at={at} id={id} /> }
            : { id: 'history', label: 'History', content: <History at={at} id={id} /> },
        ]}
      />
      {action && (
        <ActionPanel
          at={at}
          action={action}
          row={{ id, name, values: read.row }}
          onClose={() => setAction(undefined)}
        />
      )}
      {deleting && (
        <DeleteRow at={at} id={id} read={read} onClose={() => setDeleting(false)} onDeleted={onClose} />
      )}
    </div>
  );
}

/** Where Castellan's own rows are changed, with what that ends. */
const ownPages: Readonly<
  Record<string, { readonly to: '/users/$id' | '/workspaces/$id' | '/services/$id'; readonly label: string }>
> = {
  User: { to: '/users/$id', label: 'Open the person’s page' },
  Workspace: { to: '/workspaces/$id', label: 'Open the workspace’s page' },
  Service: { to: '/services/$id', label: 'Open the service’s page' },
};

/** What happened to one of Castellan's own rows stands in its own timeline. */
function OwnActivity({ at, id }: { at: ModelPlace; id: string }) {
  return <ActivityStrip filter={at.model.name === 'Workspace' ? { workspaceId: id } : { targetId: id }} />;
}

interface RowActionsProps {
  readonly at: ModelPlace;
  readonly id: string;
  readonly name: string;
  readonly onEdit: () => void;
  readonly onAction: (action: AdminAction) => void;
  readonly onDelete: () => void;
}

/** What this role can do with the row; nothing that it can't. */
function RowActions({ at, id, name, onEdit, onAction, onDelete }: RowActionsProps) {
  const custom = customActionsFor(at.model, at.role, 'row');
  const [first, ...rest] = custom;
  const own = at.id === castellanProductId ? ownPages[at.model.name] : undefined;
  if (own)
    return (
      <Link to={own.to} params={{ id }} className={buttonClasses('secondary')}>
        {own.label}
      </Link>
    );
  const mayEdit = may(at.model, at.role, 'update');
  const mayDelete = may(at.model, at.role, 'delete');
  const actAs = mayActAs(at.document, at.model, at.role);
  if (!mayEdit && !mayDelete && !actAs && custom.length === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {mayEdit && (
        <Button kind="primary" icon={Pencil} onClick={onEdit}>
          Edit
        </Button>
      )}
      {actAs && <SignInAsButton whom={{ serviceId: at.id, serviceName: at.name, rowId: id, name }} />}
      {first && <Button onClick={() => onAction(first)}>{first.label}</Button>}
      {(rest.length > 0 || mayDelete) && (
        <Menu label={`More actions for ${name}`} align="start">
          {rest.map((action) => (
            <MenuItem key={action.name} onSelect={() => onAction(action)}>
              {action.label}
            </MenuItem>
          ))}
          {rest.length > 0 && mayDelete && <MenuSeparator />}
          {mayDelete && (
            <MenuItem danger icon={Trash2} onSelect={onDelete}>
              Delete
            </MenuItem>
          )}
        </Menu>
      )}
    </div>
  );
}

function Details({ at, read }: { at: ModelPlace; read: ReadAnswer }) {
  const hidden = at.model.fields.filter(({ isRedacted }) => isRedacted);
  return (
    <div className="flex flex-col gap-4">
      <DefinitionList
        items={[
          ...shownFields(at.model).map(
            (field) =>
              [
                field.label,
                <DetailValue
                  key={field.name}
                  at={at}
                  field={field}
                  value={read.row[field.name]}
                  labels={read.labels}
                />,
              ] as const,
          ),
          ...hidden.map(({ label, name }) => [label, <Hidden key={name} />] as const),
        ]}
      />
    </div>
  );
}

const listsAtOnce = 8;

function RelatedLists({ at, read }: { at: ModelPlace; read: ReadAnswer }) {
  const [all, setAll] = useState(false);
  const relations = at.model.referencedBy.filter(({ model, field }) => {
    const child = modelNamed(at.document, model);
    return child && may(child, at.role, 'list') && fieldNamed(child, field)?.isRedacted === false;
  });
  if (relations.length === 0)
    return <p className="text-13 text-muted">Nothing that you may see refers to it.</p>;
  const shown = all ? relations : relations.slice(0, listsAtOnce);
  return (
    <div className="flex flex-col gap-4">
      {shown.map(({ model, field }) => (
        <RelatedList key={`${model}.${field}`} at={at} read={read} model={model} field={field} />
      ))}
      {shown.length < relations.length && (
        <Button onClick={() => setAll(true)}>Show {relations.length - shown.length} more</Button>
      )}
    </div>
  );
}

/** The rows of another model that refer to this one: how many, the first few, and the way to all. */
function RelatedList(props: { at: ModelPlace; read: ReadAnswer; model: string; field: string }) {
  const { at, read } = props;
  const model = modelNamed(at.document, props.model)!;
  const field = fieldNamed(model, props.field)!;
  const value = read.row[field.references?.field ?? at.model.key[0] ?? ''];
  const filter = { field: field.name, op: 'eq' as const, value };
  const fields = [...new Set([...model.key, model.labelField])];
  const { data, error, refetch } = useQuery(
    listQuery(at.id, { model: model.name, filter, fields, limit: 5, count: true }),
  );
  return (
    <Card
      flush
      title={
        <span className="flex items-center gap-2">
          {model.labelPlural}
          {data?.total && <Badge>{countText(data.total)}</Badge>}
        </span>
      }
      description={`by ${field.label.toLowerCase()}`}
      actions={
        data &&
        data.items.length > 0 && (
          <Link
            to="/products/$id/$model"
            params={{ id: at.id, model: model.name }}
            search={{ filter }}
            className="rounded-[4px] text-13 text-link hover:underline"
          >
            See all
          </Link>
        )
      }
    >
      {error ? (
        <div className="flex items-center justify-between gap-2 px-4 py-3 text-13 text-muted">
          {productFailure(error, at.name).title}
          <Button small onClick={() => void refetch()}>
            Try again
          </Button>
        </div>
      ) : !data ? (
        <div aria-hidden className="flex flex-col gap-2 px-4 py-3">
          <Skeleton className="h-4 w-2/5" />
          <Skeleton className="h-4 w-1/2" />
        </div>
      ) : data.items.length === 0 ? (
        <p className="px-4 py-3 text-13 text-muted">None.</p>
      ) : (
        <ul className="flex flex-col">
          {data.items.map((row) => (
            <li key={idOf(model, row)} className="border-b border-subtle last:border-0">
              <Link
                to="/products/$id/$model"
                params={{ id: at.id, model: model.name }}
                search={{ row: idOf(model, row) }}
                className="block truncate px-4 py-2 text-14 hover:bg-hover focus-visible:-outline-offset-2"
              >
                {nameOf(model, row)}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
