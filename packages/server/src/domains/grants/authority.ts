import type { GrantKind, UserState, WorkspaceRole } from '@castellan/contract';
import type { Pool } from 'pg';
import type { Clock } from '../../platform/clock.ts';
import { createBatcher } from '../../platform/database/batcher.ts';

/** What the platform knows of a grant at this moment. */
export interface GrantFacts {
  readonly grantId: string;
  readonly kind: GrantKind;
  readonly expiresAt: Date;
  /** Whether it was ended: by sign-out, an operator, a deactivation. */
  readonly ended: boolean;
  readonly service: string | null;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly state: UserState;
  readonly isAdmin: boolean;
  /** The membership in the workspace that was asked about, if there is one. */
  readonly membership: {
    readonly workspaceId: string;
    readonly slug: string;
    readonly role: WorkspaceRole;
  } | null;
}

/** What is known of the service that asks. */
export interface ServiceFacts {
  readonly serviceId: string;
  readonly name: string;
  readonly keyId: string;
}

/** The facts that authentication stands on, read from the primary on every call, coalesced (ARCHITECTURE.md, fresh by construction). */
export interface Authority {
  /** A grant that has not expired, with its user as they are now; `ended` says whether it still holds. */
  grant(grantId: string, workspaceId: string | null): Promise<GrantFacts | undefined>;
  /** The service whose live key has this digest. */
  serviceKey(digest: Buffer): Promise<ServiceFacts | undefined>;
}

interface Question {
  readonly digest: Buffer | null;
  readonly grantId: string | null;
  readonly workspaceId: string | null;
}

interface Row {
  readonly key_id: string | null;
  readonly service_id: string;
  readonly service_name: string;
  readonly grant_id: string | null;
  readonly kind: GrantKind;
  readonly expires_at: Date;
  readonly ended: boolean;
  readonly grant_service: string | null;
  readonly user_id: string;
  readonly email: string;
  readonly name: string;
  readonly state: UserState;
  readonly is_admin: boolean;
  readonly workspace_id: string | null;
  readonly slug: string;
  readonly role: WorkspaceRole;
}

const query = `
SELECT k.id AS key_id, s.id AS service_id, s.name AS service_name,
       g.id AS grant_id, g.kind, least(g.expires_at, g.idle_expires_at) AS expires_at, g.ended_at IS NOT NULL AS ended, gs.name AS grant_service,
       u.id AS user_id, u.email, u.name, u.state, u.is_admin,
       w.id AS workspace_id, w.slug, m.role
FROM unnest($1::bytea[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS q (digest, grant_id, workspace_id, position)
LEFT JOIN service_keys k ON k.digest = q.digest AND k.revoked_at IS NULL
LEFT JOIN services s ON s.id = k.service_id
LEFT JOIN grants g ON g.id = q.grant_id
LEFT JOIN services gs ON gs.id = g.service_id
LEFT JOIN users u ON u.id = g.user_id
LEFT JOIN members m ON m.workspace_id = q.workspace_id AND m.user_id = g.user_id
LEFT JOIN workspaces w ON w.id = m.workspace_id
ORDER BY q.position`;

export function createAuthority(pool: Pool, clock: Clock): Authority {
  const batcher = createBatcher<Question, Row>({
    run: async (questions) => {
      const answer = await pool.query<Row>({
        name: 'authority',
        text: query,
        values: [
          questions.map((question) => question.digest),
          questions.map((question) => question.grantId),
          questions.map((question) => question.workspaceId),
        ],
      });
      return answer.rows;
    },
  });
  return {
    async grant(grantId, workspaceId) {
      const row = await batcher.ask({ digest: null, grantId, workspaceId });
      if (row.grant_id === null || row.expires_at <= clock.now()) return undefined;
      return {
        grantId: row.grant_id,
        kind: row.kind,
        expiresAt: row.expires_at,
        ended: row.ended,
        service: row.grant_service,
        userId: row.user_id,
        email: row.email,
        name: row.name,
        state: row.state,
        isAdmin: row.is_admin,
        membership:
          row.workspace_id === null
            ? null
            : { workspaceId: row.workspace_id, slug: row.slug, role: row.role },
      };
    },
    async serviceKey(digest) {
      const row = await batcher.ask({ digest, grantId: null, workspaceId: null });
      return row.key_id === null
        ? undefined
        : { serviceId: row.service_id, name: row.service_name, keyId: row.key_id };
    },
  };
}
