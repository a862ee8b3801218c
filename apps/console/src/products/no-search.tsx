import { Button, Popover } from '@castellan/ui';
import { SearchX } from 'lucide-react';
import type { ModelPlace } from './queries.ts';
import { shownFields } from './rights.ts';

/** Stands where the search box would be, and says why there is none and who can change that. */
export function NoSearch({ at: { model, name } }: { at: ModelPlace }) {
  const texts = shownFields(model).filter(({ type }) => type === 'string' || type === 'text');
  const example = texts.find((field) => field.name === model.labelField) ?? texts[0];
  return (
    <Popover
      label="Why there is no search"
      trigger={
        <Button small kind="quiet" icon={SearchX}>
          No search here
        </Button>
      }
    >
      {() => (
        <div className="flex flex-col gap-2 text-13">
          <p>
            {example
              ? `${name} names no field that ${model.labelPlural.toLowerCase()} are searched by.`
              : `${model.labelPlural} hold no text that could be searched.`}{' '}
            A filter finds them all the same.
          </p>
          {example && (
            <>
              <p className="text-muted">
                Its team can name some, best ones that an index begins with, in the overrides of autoAdmin:
              </p>
              <code className="rounded-control bg-pressed px-2 py-1.5 font-mono text-12 break-words">
                {`${keyText(model.name)}: { searchFields: ['${example.name}'] }`}
              </code>
            </>
          )}
        </div>
      )}
    </Popover>
  );
}

const keyText = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`);
