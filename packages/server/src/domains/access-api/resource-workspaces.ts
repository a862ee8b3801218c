import type { Pool } from 'pg';
import { createBatcher } from '../../platform/database/batcher.ts';
import { storable } from '../access/facts.ts';

/** A resource by the service's own id for it. */
export interface ResourceName {
  readonly serviceId: string;
  readonly type: string;
  readonly key: string;
}

/** Says in which workspaces resources are, in their order; `null` for one that is not registered. */
export type FindWorkspaces = (names: readonly ResourceName[]) => Promise<readonly (string | null)[]>;

const text = `
SELECT r.workspace_id
FROM unnest((SELECT $1::uuid[]), (SELECT $2::text[]), (SELECT $3::text[]))
  WITH ORDINALITY AS q (service_id, type, key, position)
LEFT JOIN resource_types t ON t.service_id = q.service_id AND t.name = q.type
LEFT JOIN resources r ON r.type_id = t.id AND r.key = q.key
ORDER BY q.position`;

/** Look-ups that wait at the same moment leave as one query. */
export function createFindWorkspaces(pool: Pool): FindWorkspaces {
  const batcher = createBatcher<ResourceName, string | null>({
    async run(names) {
      const values = [
        names.map(({ serviceId }) => serviceId),
        names.map(({ type }) => storable(type)),
        names.map(({ key }) => storable(key)),
      ];
      const { rows } = await pool.query<{ workspace_id: string | null }>({
        name: 'workspaces of resources',
        text,
        values,
      });
      return rows.map(({ workspace_id }) => workspace_id);
    },
  });
  return (names) => Promise.all(names.map((name) => batcher.ask(name)));
}
