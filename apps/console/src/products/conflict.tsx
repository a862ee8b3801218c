import { Button } from '@castellan/ui';
import { useState } from 'react';
import type { Collision } from './drafts.ts';
import { fieldNamed, type ModelPlace, type ReadAnswer } from './queries.ts';
import { textOf } from './values.ts';

interface ConflictProps {
  readonly at: ModelPlace;
  readonly now: ReadAnswer;
  readonly collisions: readonly Collision[];
  /** How many fields this operator changed. */
  readonly changedCount: number;
  readonly busy: boolean;
  /** Back to the form, with everything that was typed. */
  readonly onBack: () => void;
  /** The fields, of those that both changed, in which the other operator's value stays. */
  readonly onDecide: (keepsTheirs: ReadonlySet<string>) => void;
}

/** Two people changed one row: what the other did, field by field, and whose value stays where both did. */
export function Conflict({ at, collisions, changedCount, busy, onBack, onDecide }: ConflictProps) {
  const [mine, setMine] = useState<ReadonlySet<string>>(new Set());
  const both = collisions.filter((collision) => collision.mine);
  const theirs = collisions.filter((collision) => !collision.mine);
  const isNothingLeft = changedCount - both.length + mine.size === 0;
  const shown = (name: string, value: unknown) =>
    value === null
      ? 'nothing'
      : value === ''
        ? 'empty text'
        : textOf(fieldNamed(at.model, name) ?? { type: 'unknown', itemType: null }, value);
  const label = (name: string) => fieldNamed(at.model, name)?.label ?? name;
  return (
    <div className="flex flex-col gap-4" role="alert">
      <div className="rounded-control border border-warning-border bg-warning-surface px-3 py-2 text-13 text-warning">
        <p className="font-medium">Somebody else changed it while you were editing</p>
        <p>Nothing of yours is saved yet. See what they did, and decide.</p>
      </div>
      {both.map(({ field, before, theirs: other, mine: own }) => (
        <fieldset key={field} className="flex flex-col gap-2 rounded-control border border-default p-3">
          <legend className="px-1 text-13 font-medium">{label(field)}: you both changed it</legend>
          <p className="text-12 text-muted">It was {shown(field, before)}.</p>
          {[
            { isMine: false, who: 'Theirs', value: other },
            { isMine: true, who: 'Yours', value: own?.value },
          ].map(({ isMine, who, value }) => (
            <label key={who} className="flex items-start gap-2 text-14">
              <input
                type="radio"
                name={`conflict-${field}`}
                checked={mine.has(field) === isMine}
                onChange={() => {
                  const next = new Set(mine);
                  if (isMine) next.add(field);
                  else next.delete(field);
                  setMine(next);
                }}
                className="mt-1 accent-accent"
              />
              <span className="min-w-0 break-words">
                <span className="text-muted">{who}:</span> {shown(field, value)}
              </span>
            </label>
          ))}
        </fieldset>
      ))}
      {theirs.length > 0 && (
        <div>
          <p className="mb-1 text-13 font-medium">They changed, and it stays</p>
          <ul className="flex flex-col gap-1 text-14">
            {theirs.map(({ field, before, theirs: other }) => (
              <li key={field} className="break-words">
                <span className="text-muted">{label(field)}:</span>{' '}
                <span className="text-muted line-through">{shown(field, before)}</span> {shown(field, other)}
              </li>
            ))}
          </ul>
        </div>
      )}
      {collisions.length === 0 && (
        <p className="text-14">
          What they changed is not shown here. Your changes can be saved on top of it.
        </p>
      )}
      <div className="flex justify-end gap-2 pt-2">
        <Button onClick={onBack}>Back to the form</Button>
        <Button
          kind="primary"
          busy={busy}
          onClick={() => onDecide(new Set(both.map(({ field }) => field).filter((name) => !mine.has(name))))}
        >
          {isNothingLeft
            ? 'Keep theirs'
            : mine.size < both.length
              ? 'Save the rest of mine'
              : 'Save mine on top'}
        </Button>
      </div>
    </div>
  );
}
