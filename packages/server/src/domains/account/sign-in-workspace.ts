import { eq, sql } from 'drizzle-orm';
import { grants } from '../../platform/database/schema.ts';
import { type Queryable, rowsOf, type Transaction } from '../../platform/database/transaction.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { checkPolicy } from '../factors/workspace-policy.ts';

/** How a sign-in stands to a workspace's policy. */
export type WorkspaceStanding =
  | 'open'
  /** A second factor that the person has would open it. */
  | 'second_factor'
  /** It asks for a second factor and the person has none yet. */
  | 'enrolment'
  /** It does not take the way that the person signed in. */
  | 'method';

/** A workspace that a person belongs to, and whether this sign-in is enough for it. */
export interface OfferedWorkspace {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly standing: WorkspaceStanding;
  /** The ways in that it takes, where it takes only some. */
  readonly methods: readonly string[] | null;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly required: boolean | null;
  readonly methods: string[] | null;
  readonly method: string | null;
  readonly factors: string[];
}

function standingOf(row: Row, amr: readonly string[]): WorkspaceStanding {
  const policy = {
    secondFactorRequired: row.required,
    signInMethods: row.methods,
    sessionIdleSeconds: null,
    sessionAbsoluteSeconds: null,
  };
  try {
    return checkPolicy(policy, { amr, method: row.method, factors: row.factors });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.code === 'mfa_enrolment_required' ? 'enrolment' : 'method';
  }
}

/**
 * The workspaces of the person who is signed in, by name (the first 200), and how this sign-in stands to each one's policy.
 *
 * @param only one workspace alone
 */
export async function workspacesOffered(
  db: Queryable,
  session: Pick<BrowserSession, 'grantId' | 'userId' | 'amr'>,
  only?: string,
): Promise<OfferedWorkspace[]> {
  const rows = await rowsOf<Row>(
    db,
    sql`SELECT w.id, w.name, m.role, p.second_factor_required AS required, p.sign_in_methods AS methods,
               g.sign_in_method AS method, u.second_factors AS factors
        FROM members m JOIN workspaces w ON w.id = m.workspace_id JOIN users u ON u.id = m.user_id
        JOIN grants g ON g.id = ${session.grantId}
        LEFT JOIN workspace_policies p ON p.workspace_id = w.id
        WHERE m.user_id = ${session.userId} ${only === undefined ? sql`` : sql`AND w.id = ${only}`}
        ORDER BY w.name_key, w.id LIMIT 200`,
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    role: row.role,
    standing: standingOf(row, session.amr),
    methods: row.methods,
  }));
}

/**
 * Makes a workspace the one that this browser is signed in to: consent begins with it.
 *
 * @returns how the sign-in stands to it; only `open` is chosen
 * @throws Refusal `not_member`
 */
export async function chooseWorkspace(
  tx: Transaction,
  session: Pick<BrowserSession, 'grantId' | 'userId' | 'amr'>,
  workspaceId: string,
): Promise<OfferedWorkspace> {
  const [workspace] = await workspacesOffered(tx.db, session, workspaceId);
  if (!workspace) throw new Refusal('not_member');
  if (workspace.standing === 'open')
    await tx.db.update(grants).set({ workspaceId }).where(eq(grants.id, session.grantId));
  return workspace;
}
