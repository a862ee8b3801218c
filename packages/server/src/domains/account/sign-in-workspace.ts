import { eq, sql } from 'drizzle-orm';
import { after } from '../../platform/clock.ts';
import { grants } from '../../platform/database/schema.ts';
import { type Queryable, rowsOf, type Transaction } from '../../platform/database/transaction.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { checkPolicy, policyColumns, type WorkspacePolicy } from '../factors/workspace-policy.ts';
import { enabledProviders } from '../federation/providers.ts';
import type { Language } from './messages/language.ts';
import { signInMessages } from './messages/sign-in-messages.ts';

/** How a sign-in stands to a workspace's policy. */
export type WorkspaceStanding =
  | 'open'
  /** A second factor that the person has would open it. */
  | 'second_factor'
  /** It asks for a second factor and the person has none yet. */
  | 'enrolment'
  /** It does not take the way that the person signed in. */
  | 'method'
  /** It asks for a newer sign-in. */
  | 'recent';

/** A workspace that a person belongs to, and whether this sign-in is enough for it. */
export interface OfferedWorkspace {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly standing: WorkspaceStanding;
  /** The ways in that it takes, where it takes only some. */
  readonly methods: readonly string[] | null;
}

interface Row extends WorkspacePolicy {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly method: string | null;
  readonly factors: string[];
}

type Offering = Pick<BrowserSession, 'grantId' | 'userId' | 'amr' | 'signedInAt'>;

function standingOf(row: Row, session: Offering, now: Date): WorkspaceStanding {
  try {
    const standing = checkPolicy(row, { amr: session.amr, method: row.method, factors: row.factors });
    const { sessionAbsoluteSeconds: longest } = row;
    // A newer sign-in proves the second factor, too: it is asked for first.
    return longest !== null && after(session.signedInAt, longest) <= now ? 'recent' : standing;
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
  session: Offering,
  now: Date,
  only?: string,
): Promise<OfferedWorkspace[]> {
  const rows = await rowsOf<Row>(
    db,
    sql`SELECT w.id, w.name, m.role, ${sql.raw(policyColumns)},
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
    standing: standingOf(row, session, now),
    methods: row.signInMethods,
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
  session: Offering,
  workspaceId: string,
): Promise<OfferedWorkspace> {
  const [workspace] = await workspacesOffered(tx.db, session, tx.now, workspaceId);
  if (!workspace) throw new Refusal('not_member');
  if (workspace.standing === 'open')
    await tx.db.update(grants).set({ workspaceId }).where(eq(grants.id, session.grantId));
  return workspace;
}

/** The ways in that a workspace takes, as people call them. */
export async function waysInWords(
  db: Queryable,
  language: Language,
  methods: readonly string[],
): Promise<string> {
  const texts = signInMessages(language);
  const own: Readonly<Record<string, string>> = {
    password: texts.wayPassword,
    passkey: texts.wayPasskey,
    email_link: texts.wayLink,
  };
  const providers = await enabledProviders(db);
  const names = methods.flatMap(
    (method) => own[method] ?? providers.find(({ slug }) => method === `provider:${slug}`)?.name ?? [],
  );
  return new Intl.ListFormat(language, { type: 'disjunction' }).format(names);
}
