import type { ActivityEvent } from '@castellan/contract';
import { Timeline } from '@castellan/ui';
import { entriesOf } from './event-line.tsx';

/** The latest events of all; the dashboard shows its numbers before it knows how to say them. */
export function RecentActivity({ events }: { events: readonly ActivityEvent[] }) {
  return <Timeline entries={entriesOf(events)} />;
}
