import { classNames, PageHeader, type PageHeaderProps } from '@castellan/ui';
import { useLocation } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';

export interface PageProps extends Omit<PageHeaderProps, 'title'> {
  readonly title: string;
  /** A list fills the window and scrolls inside; everything else is at most 1200 px wide and scrolls as a whole. */
  readonly fill?: boolean;
  readonly children: ReactNode;
}

/** One page inside the frame: its title in the tab, its header, its content. */
export function Page({ title, fill, children, ...header }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Castellan`;
  }, [title]);
  return (
    <div
      className={classNames(
        'flex flex-col px-4 md:px-6',
        fill ? 'h-[calc(100dvh-48px)] min-h-96 pb-4 md:h-dvh' : 'mx-auto w-full max-w-[1248px] pb-16',
      )}
    >
      <PageHeader title={title} {...header} />
      {children}
    </div>
  );
}

/** The row of search, filters and list actions above a table. */
export function Toolbar({ children }: { children: ReactNode }) {
  return <div className="flex min-h-8 shrink-0 flex-wrap items-center gap-2 pb-3">{children}</div>;
}

/** Names this place in the history, for what should come back with it: where a list was scrolled to. */
export function useHistoryKey(): string {
  const { state, href } = useLocation();
  return state.__TSR_key ?? href;
}
