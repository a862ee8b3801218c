import type { PlannedChange, Role } from '@castellan/contract';
import {
  Button,
  Card,
  ConfirmDialog,
  EmptyState,
  ErrorState,
  Field,
  IconButton,
  Picker,
  type PickerOption,
  SidePanel,
  Skeleton,
} from '@castellan/ui';
import { Plus, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Simulation } from '../access/simulation.tsx';
import { failureOf } from '../api/failure.ts';
import { failureToast } from '../api/use-action.ts';
import type { List } from '../api/use-list.ts';
import { FormProblem } from '../forms/form-problem.tsx';

/** Who is about to get a role or to lose it. */
export interface HolderQuestion {
  readonly giving: boolean;
  readonly chosen: PickerOption | null;
  readonly leaving: PickerOption | undefined;
  readonly give: () => void;
  readonly choose: (option: PickerOption | null) => void;
  readonly take: (from: PickerOption) => void;
  readonly close: () => void;
}

/** The state of the panel that gives a role, and of the question before it is taken. */
export function useHolderQuestion(): HolderQuestion {
  const [giving, setGiving] = useState(false);
  const [chosen, choose] = useState<PickerOption | null>(null);
  const [leaving, take] = useState<PickerOption>();
  return {
    giving,
    chosen,
    leaving,
    give: () => setGiving(true),
    choose,
    take,
    close: () => {
      setGiving(false);
      choose(null);
      take(undefined);
    },
  };
}

/** A writing route as far as its dialog shows it. */
interface Writing {
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly reset: () => void;
}

export interface RoleHoldersProps<Row> {
  readonly role: Role;
  readonly what: 'member' | 'group';
  /** Said when nobody holds it: what holding it means. */
  readonly empty: string;
  readonly list: List<Row>;
  readonly entryOf: (row: Row) => PickerOption;
  readonly rowOf: (row: Row) => ReactNode;
  readonly question: HolderQuestion;
  readonly search: string;
  readonly onSearch: (search: string) => void;
  /** Who could get it; nothing while they are on their way. */
  readonly options: readonly PickerOption[] | undefined;
  readonly give: Writing;
  readonly onGive: (id: string) => void;
  readonly take: Writing;
  readonly onTake: (id: string) => void;
  readonly planned: (done: 'added' | 'removed', id: string) => PlannedChange;
}

/** Who holds a role, members or groups: give it, take it, each with what that changes. */
export function RoleHolders<Row>(props: RoleHoldersProps<Row>) {
  const { role, what, list, entryOf, question } = props;
  const title = what === 'member' ? 'Members' : 'Groups';
  return (
    <Card
      flush
      title={title}
      actions={
        <Button small icon={Plus} onClick={question.give}>
          Add {what}
        </Button>
      }
    >
      {list.error ? (
        <ErrorState failure={failureOf(list.error)} onRetry={list.retry} />
      ) : !list.rows ? (
        <Skeleton className="m-4 h-16" />
      ) : list.rows.length === 0 ? (
        <EmptyState compact title={what === 'member' ? 'No member holds it' : 'No group holds it'}>
          {props.empty}
        </EmptyState>
      ) : (
        <ul aria-label={`${title} with the role ${role.name}`} className="max-h-[480px] overflow-y-auto">
          {list.rows.map((row) => {
            const entry = entryOf(row);
            return (
              <li
                key={entry.id}
                className="flex min-h-12 items-center gap-3 border-b border-subtle py-2 pr-2 pl-4 last:border-0"
              >
                <div className="min-w-0 flex-1">{props.rowOf(row)}</div>
                <IconButton
                  small
                  icon={X}
                  label={`Take the role from ${entry.label}`}
                  onClick={() => question.take(entry)}
                />
              </li>
            );
          })}
        </ul>
      )}
      {list.hasMore && (
        <div className="flex justify-center border-t border-subtle p-3">
          <Button small onClick={list.more}>
            Show more
          </Button>
        </div>
      )}
      {question.giving && <GivePanel {...props} />}
      <TakeQuestion {...props} />
    </Card>
  );
}

function GivePanel<Row>(props: RoleHoldersProps<Row>) {
  const { role, what, question, give, onGive } = props;
  const { chosen } = question;
  const close = () => {
    give.reset();
    question.close();
  };
  return (
    <SidePanel
      open
      onOpenChange={(next) => !next && close()}
      title={`Give the role to a ${what}`}
      description={role.name}
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen && !give.isPending) onGive(chosen.id);
        }}
      >
        <Field label={what === 'member' ? 'Member' : 'Group'}>
          <Picker
            placeholder={what === 'member' ? 'Search by name or e-mail' : 'Search by name'}
            nothing={`No other ${what} of the workspace matches`}
            value={chosen}
            onChange={question.choose}
            search={props.search}
            onSearch={props.onSearch}
            options={props.options}
          />
        </Field>
        <Simulation change={chosen ? props.planned('added', chosen.id) : undefined}>
          Choose a {what} to see what {what === 'member' ? 'they gain' : 'its members gain'}.
        </Simulation>
        <FormProblem error={give.error} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={!chosen} busy={give.isPending}>
            Give role
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}

function TakeQuestion<Row>({ role, question, take, onTake, planned }: RoleHoldersProps<Row>) {
  const { leaving } = question;
  const failure = take.error && failureToast(take.error);
  return (
    <ConfirmDialog
      open={leaving !== undefined}
      onOpenChange={(next) => {
        if (next) return;
        take.reset();
        question.close();
      }}
      title={`Take the role ${role.name} from ${leaving?.label}?`}
      action="Take role"
      busy={take.isPending}
      error={failure && `${failure.title}. ${failure.detail}`}
      onConfirm={() => leaving && onTake(leaving.id)}
    >
      <Simulation change={leaving && planned('removed', leaving.id)} />
    </ConfirmDialog>
  );
}
