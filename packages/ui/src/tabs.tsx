import { Tabs as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';

/** One section of a page behind a tab. */
export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly count?: number | undefined;
  readonly content: ReactNode;
}

export interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  /** The open tab; keep it in the address bar. */
  readonly value: string;
  readonly onChange: (id: string) => void;
}

/** Sections of one thing, one at a time; arrow keys move between them. */
export function Tabs({ label, tabs, value, onChange }: TabsProps) {
  return (
    <Primitive.Root value={value} onValueChange={onChange}>
      <Primitive.List aria-label={label} className="flex gap-5 overflow-x-auto border-b border-default">
        {tabs.map((tab) => (
          <Primitive.Trigger
            key={tab.id}
            value={tab.id}
            className="-mb-px flex h-10 items-center gap-2 border-b-2 border-transparent text-14 whitespace-nowrap text-muted hover:text-primary focus-visible:-outline-offset-2 data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-primary"
          >
            {tab.label}
            {tab.count !== undefined && (
              <span className="text-12 text-faint tabular-nums">{tab.count.toLocaleString()}</span>
            )}
          </Primitive.Trigger>
        ))}
      </Primitive.List>
      {tabs.map((tab) => (
        <Primitive.Content key={tab.id} value={tab.id} className="pt-5 outline-none">
          {tab.content}
        </Primitive.Content>
      ))}
    </Primitive.Root>
  );
}
