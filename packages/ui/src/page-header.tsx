import { ChevronRight } from 'lucide-react';
import { Fragment, type ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface PageHeaderProps {
  readonly title: ReactNode;
  /** Links to the pages above, outermost first. */
  readonly breadcrumb?: readonly ReactNode[];
  /** How many there are, beside the title. */
  readonly count?: ReactNode;
  /** Stands before the title: an avatar. */
  readonly lead?: ReactNode;
  /** Badges after the title. */
  readonly badges?: ReactNode;
  /** One line under the title. */
  readonly description?: ReactNode;
  /** At most one primary action; the rest in a menu. */
  readonly actions?: ReactNode;
}

/** The top of a page: where it is, what it is, what can be done. */
export function PageHeader(props: PageHeaderProps) {
  const { title, breadcrumb = [], count, lead, badges, description, actions } = props;
  return (
    <header className="flex shrink-0 flex-col gap-2 pt-5 pb-4">
      {breadcrumb.length > 0 && (
        <nav aria-label="Breadcrumb" className="flex items-center gap-1 text-13 text-muted">
          {breadcrumb.map((crumb, index) => (
            // The trail of one page does not change.
            // biome-ignore lint/suspicious/noArrayIndexKey: a crumb's place is its identity
            <Fragment key={index}>
              {index > 0 && <ChevronRight size={14} aria-hidden className="text-faint" />}
              {crumb}
            </Fragment>
          ))}
          <ChevronRight size={14} aria-hidden className="text-faint" />
        </nav>
      )}
      <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-3">
        {lead}
        <div className={classNames('min-w-0 flex-1', lead ? 'basis-56' : 'basis-32')}>
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <h1 className="min-w-0 text-20 font-semibold tracking-[-0.01em] break-words">{title}</h1>
            {count !== undefined && <span className="text-14 text-faint tabular-nums">{count}</span>}
            {badges}
          </div>
          {description && <div className="min-w-0 text-14 text-muted">{description}</div>}
        </div>
        {actions && <div className="flex items-center gap-2">{actions}</div>}
      </div>
    </header>
  );
}
