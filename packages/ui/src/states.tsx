import { CircleAlert, Lock, type LucideIcon, SearchX } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { CopyId } from './copy-id.tsx';

export interface EmptyStateProps {
  readonly icon?: LucideIcon;
  readonly title: ReactNode;
  /** One sentence on what this is for. */
  readonly children?: ReactNode;
  /** One action. */
  readonly action?: ReactNode;
  readonly compact?: boolean;
  /** It stands for the whole page: the title is the page's heading. */
  readonly wholePage?: boolean;
}

/** What stands where a list has nothing: what it is for, and what to do next. */
export function EmptyState({ icon: Icon, title, children, action, compact, wholePage }: EmptyStateProps) {
  return (
    <div
      className={`mx-auto flex max-w-md flex-col items-center text-center ${compact ? 'px-4 py-8' : 'px-4 py-16'}`}
    >
      {Icon && (
        <span className="mb-3 grid size-10 place-items-center rounded-card border border-default bg-raised text-muted">
          <Icon size={20} aria-hidden />
        </span>
      )}
      {wholePage ? (
        <h1 className="text-16 font-semibold">{title}</h1>
      ) : (
        <p className="text-14 font-medium">{title}</p>
      )}
      {children && <div className="mt-1 text-13 text-muted text-balance">{children}</div>}
      {action && <div className="mt-4 max-w-full">{action}</div>}
    </div>
  );
}

/** Search and filters left nothing over. */
export function NoMatch({ what, onClear }: { what: string; onClear: () => void }) {
  return (
    <EmptyState
      icon={SearchX}
      title={`No ${what} match`}
      action={<Button onClick={onClear}>Clear search and filters</Button>}
    >
      Nothing fits the search and filters together.
    </EmptyState>
  );
}

/** What a page tells of a failed request; the platform's problem document has the same parts. */
export interface Failure {
  readonly title: string;
  readonly fix?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly forbidden?: boolean | undefined;
}

/** Something could not be loaded: what failed, what to do, and the id to quote. */
export function ErrorState({ failure, onRetry }: { failure: Failure; onRetry?: () => void }) {
  return (
    <div role="alert">
      <EmptyState
        icon={failure.forbidden ? Lock : CircleAlert}
        title={failure.title}
        action={!failure.forbidden && onRetry && <Button onClick={onRetry}>Try again</Button>}
      >
        <p>{failure.fix}</p>
        {failure.correlationId && (
          <p className="mt-2">
            Correlation id <CopyId value={failure.correlationId} />
          </p>
        )}
      </EmptyState>
    </div>
  );
}
