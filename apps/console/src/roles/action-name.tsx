import type { ServiceAction } from '@castellan/contract';
import { Badge } from '@castellan/ui';

/** An action by its name in mono, what it does beneath, and whether its service still has it. */
export function ActionName({ action }: { action: ServiceAction }) {
  return (
    <span className="min-w-0 flex-1">
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="min-w-0 font-mono text-13 break-all">{action.name}</span>
        {action.absentSince && (
          <Badge meaning="warning" dot>
            Absent
          </Badge>
        )}
      </span>
      {(action.description || action.absentSince) && (
        <span className="block text-12 break-words text-muted">
          {action.description}
          {action.description && action.absentSince && ' · '}
          {action.absentSince && 'Nobody may do it: the service no longer has it'}
        </span>
      )}
    </span>
  );
}
