import { type KeyboardEvent, type MouseEvent, memo, type ReactNode } from 'react';
import { Checkbox } from './choice.tsx';
import { classNames } from './class-names.ts';
import { Skeleton } from './skeleton.tsx';

/** One column: what heads it, what it shows, how wide it is. */
export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  /** The header is for readers alone, as over a column of buttons. */
  readonly hideHeader?: boolean;
  readonly cell: (row: Row) => ReactNode;
  /** Any CSS width; columns without one share what is left. */
  readonly width?: string;
  /** The list's own name of this order; the header becomes a button. */
  readonly sort?: string;
  readonly align?: 'end';
  /** From which width of the window on it is shown; always, unless given. */
  readonly from?: 'sm' | 'md' | 'lg' | 'xl';
}

/** Which rows are chosen, held by the page so that its bar can act on them. */
/** From which width of the window on a column's cells are shown. */
export const visibility = {
  sm: 'hidden sm:table-cell',
  md: 'hidden md:table-cell',
  lg: 'hidden lg:table-cell',
  xl: 'hidden xl:table-cell',
};
const bodyCell = 'overflow-hidden border-b border-subtle px-3 text-ellipsis whitespace-nowrap';

/** Hands a click that landed beside the row's link on to it, with its modifiers: a new tab stays a new tab. */
function followRow(event: MouseEvent<HTMLTableRowElement>): void {
  const inside = (event.target as HTMLElement).closest('a, button, input, label, select');
  if (inside || getSelection()?.toString()) return;
  const link = event.currentTarget.querySelector<HTMLAnchorElement>('a[data-row-link]');
  if (event.type === 'auxclick') {
    if (event.button === 1 && link) open(link.href, '_blank', 'noopener');
    return;
  }
  const { ctrlKey, metaKey, shiftKey } = event;
  link?.dispatchEvent(
    new window.MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }),
  );
}

/** Arrow keys go from one row's link to the next. */
export function moveBetweenRows(event: KeyboardEvent<HTMLTableSectionElement>): void {
  const step =
    event.key === 'ArrowDown'
      ? 'nextElementSibling'
      : event.key === 'ArrowUp'
        ? 'previousElementSibling'
        : undefined;
  const at = (event.target as HTMLElement).closest('a[data-row-link]')?.closest('tr');
  const link = step && at?.[step]?.querySelector<HTMLAnchorElement>('a[data-row-link]');
  if (!link) return;
  event.preventDefault();
  link.focus();
}

export interface BodyRowProps<Row> {
  readonly row: Row;
  readonly id: string;
  readonly index: number;
  readonly height: number;
  readonly columns: readonly Column<Row>[];
  readonly rowsAreLinks: boolean;
  /** Nothing where rows are not selected. */
  readonly selected: boolean | undefined;
  /** Names the row for readers: "Select Ada Lovelace". */
  readonly selectLabel: string;
  readonly onSelect: (id: string, selected: boolean) => void;
  /** Learns how tall the row became, where rows are as tall as what they hold. */
  readonly measure?: ((row: HTMLTableRowElement | null) => void) | undefined;
}

function BodyRowView<Row>(props: BodyRowProps<Row>) {
  const { row, id, index, height, columns, rowsAreLinks, selected, selectLabel, onSelect } = props;
  return (
    // The row's own link serves keyboard and readers; this only widens where a click counts.
    <tr
      ref={props.measure}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={selected}
      style={{ height }}
      onClick={rowsAreLinks ? followRow : undefined}
      onAuxClick={rowsAreLinks ? followRow : undefined}
      className={classNames(rowsAreLinks && 'cursor-pointer', selected ? 'bg-selected' : 'hover:bg-hover')}
    >
      {selected !== undefined && (
        <td className={classNames(bodyCell, 'pr-0')}>
          <Checkbox
            hideLabel
            label={selectLabel}
            checked={selected}
            onChange={(checked) => onSelect(id, checked)}
            className="align-middle"
          />
        </td>
      )}
      {columns.map((column) => (
        <td
          key={column.id}
          className={classNames(
            bodyCell,
            column.from && visibility[column.from],
            column.align === 'end' && 'text-right tabular-nums',
          )}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** One row; it renders again only when something of it changed. (`memo` forgets type parameters, hence the cast.) */
export const BodyRow = memo(BodyRowView) as typeof BodyRowView;

/** A row that is on its way, in the height it will have. */
export function WaitingRow<Row>(props: {
  readonly columns: readonly Column<Row>[];
  readonly height: number;
  readonly box: boolean;
}) {
  return (
    <tr aria-hidden style={{ height: props.height }}>
      {props.box && <td className={bodyCell} />}
      {props.columns.map((column, index) => (
        <td key={column.id} className={classNames(bodyCell, column.from && visibility[column.from])}>
          {index === 0 && props.height > 44 ? (
            <span className="flex items-center gap-3">
              <Skeleton className="size-8 shrink-0 rounded-full" />
              <span className="flex flex-1 flex-col gap-2">
                <Skeleton className="h-3.5 w-2/5" />
                <Skeleton className="h-3 w-3/5" />
              </span>
            </span>
          ) : (
            <Skeleton className={classNames('h-3.5 w-1/2', column.align === 'end' && 'ml-auto')} />
          )}
        </td>
      ))}
    </tr>
  );
}

/** Holds the place of the rows out of sight. */
export function SpaceRow({ height }: { height: number }) {
  return (
    <tr aria-hidden style={{ height }}>
      <td className="p-0" />
    </tr>
  );
}
