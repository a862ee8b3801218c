import type { ImpersonationCheck } from '@castellan/contract';
import type { Pool } from 'pg';
import { sessionStands } from './standing.ts';

const checkQuery = {
  name: 'impersonation session of a service',
  text: `
SELECT s.id, s.operator_id, s.allow_writes, s.expires_at FROM impersonation_sessions s
WHERE s.id = $1 AND s.service_id = $2 AND s.ends_by IS NOT NULL AND s.expires_at > $3 AND ${sessionStands}`,
};

/** Whether a session still stands, for the service that it is at: read at each call. Another service's is like none. */
export async function checkSession(
  pool: Pool,
  serviceId: string,
  sessionId: string,
  now: Date,
): Promise<ImpersonationCheck> {
  const { rows } = await pool.query<{
    id: string;
    operator_id: string;
    allow_writes: boolean;
    expires_at: Date;
  }>({ ...checkQuery, values: [sessionId, serviceId, now] });
  const [row] = rows;
  if (!row) return { active: false };
  return {
    active: true,
    sessionId: row.id,
    operatorId: row.operator_id,
    allowWrites: row.allow_writes,
    expiresAt: row.expires_at,
  };
}
