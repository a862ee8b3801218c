import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface CardProps {
  readonly title?: ReactNode;
  /** One line under the title. */
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  /** The content brings its own padding, as tables and lists do. */
  readonly flush?: boolean;
  readonly children: ReactNode;
  readonly className?: string;
}

/** A section of a page with a frame and, where it has a title, a heading. */
export function Card({ title, description, actions, flush, children, className }: CardProps) {
  return (
    <section className={classNames('min-w-0 rounded-card border border-default bg-raised', className)}>
      {(title || actions) && (
        <header
          className={classNames(
            'flex min-h-12 flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2',
            flush && 'border-b border-subtle',
          )}
        >
          <div className="min-w-0 flex-1 basis-36">
            <h2 className="text-14 font-semibold">{title}</h2>
            {description && <p className="text-12 text-muted">{description}</p>}
          </div>
          {actions}
        </header>
      )}
      <div className={flush ? '' : classNames('px-4 pb-4', !title && !actions && 'pt-4')}>{children}</div>
    </section>
  );
}
