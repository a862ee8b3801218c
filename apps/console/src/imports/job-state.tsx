import type { ImportJob } from '@castellan/contract';
import { Badge, type Meaning } from '@castellan/ui';

const states: Record<ImportJob['state'], readonly [label: string, meaning: Meaning]> = {
  previewed: ['Not started', 'warning'],
  running: ['Running', 'info'],
  finished: ['Finished', 'success'],
};

/** How far an import is. */
export function JobState({ state }: { state: ImportJob['state'] }) {
  const [label, meaning] = states[state];
  return (
    <Badge dot meaning={meaning}>
      {label}
    </Badge>
  );
}
