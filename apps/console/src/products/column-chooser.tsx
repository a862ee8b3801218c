import type { AdminModel } from '@castellan/contract';
import { Button, Checkbox, IconButton, Popover } from '@castellan/ui';
import { ArrowDown, ArrowUp, Columns3 } from 'lucide-react';
import { shownFields } from './rights.ts';

interface ColumnChooserProps {
  readonly model: AdminModel;
  readonly columns: readonly string[];
  /** Nothing goes back to what the product lists by itself. */
  readonly onChange: (columns: readonly string[] | undefined) => void;
}

/** Chooses which fields a list shows, and in which order. */
export function ColumnChooser({ model, columns, onChange }: ColumnChooserProps) {
  const fields = shownFields(model);
  const named = new Map(fields.map((field) => [field.name, field]));
  const move = (index: number, step: number) => {
    const next = [...columns];
    const [moved] = next.splice(index, 1);
    if (moved === undefined) return;
    next.splice(index + step, 0, moved);
    onChange(next);
  };
  const rest = fields.filter(({ name }) => !columns.includes(name));
  return (
    <Popover
      label="Columns"
      align="end"
      trigger={
        <Button kind="quiet" icon={Columns3}>
          Columns
        </Button>
      }
    >
      {() => (
        <div className="flex max-h-[60dvh] flex-col gap-3 overflow-y-auto">
          <ul aria-label="Shown" className="flex flex-col">
            {columns.map((name, index) => (
              <li key={name} className="flex h-8 items-center gap-1">
                <Checkbox
                  label={named.get(name)?.label ?? name}
                  checked
                  disabled={columns.length === 1}
                  onChange={() => onChange(columns.filter((one) => one !== name))}
                  className="min-w-0 flex-1 [&_label]:truncate [&_label]:text-13"
                />
                <IconButton
                  small
                  icon={ArrowUp}
                  label={`Move ${named.get(name)?.label ?? name} up`}
                  disabled={index === 0}
                  onClick={() => move(index, -1)}
                />
                <IconButton
                  small
                  icon={ArrowDown}
                  label={`Move ${named.get(name)?.label ?? name} down`}
                  disabled={index === columns.length - 1}
                  onClick={() => move(index, 1)}
                />
              </li>
            ))}
          </ul>
          {rest.length > 0 && (
            <ul aria-label="Not shown" className="flex flex-col border-t border-subtle pt-2">
              {rest.map(({ name, label }) => (
                <li key={name} className="flex h-8 items-center">
                  <Checkbox
                    label={label}
                    checked={false}
                    onChange={() => onChange([...columns, name])}
                    className="min-w-0 [&_label]:truncate [&_label]:text-13"
                  />
                </li>
              ))}
            </ul>
          )}
          <Button small kind="quiet" onClick={() => onChange(undefined)}>
            As the product lists them
          </Button>
        </div>
      )}
    </Popover>
  );
}
