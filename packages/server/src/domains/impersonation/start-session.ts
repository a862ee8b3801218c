import {
  ActorTokenAnswer,
  createActorTokenCommand,
  type Impersonation,
  impersonationLifeSeconds,
  type impersonationsStart,
  impersonationTicketParameter,
  type RouteBody,
  tokenKinds,
} from '@castellan/contract';
import { and, eq, isNull } from 'drizzle-orm';
import type { Origin } from '../../platform/activity/event.ts';
import { after } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import { grants, impersonationSessions } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { Administrator, Operator } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { newToken, tokenDigest } from '../../platform/secrets/opaque-token.ts';
import { endGrants, insertGrant } from '../grants/grant-store.ts';
import { confirmOperatorRole } from '../operators/role.ts';
import { type ReachedProduct, requireProduct } from '../products/find-products.ts';
import { refusalOf } from '../products/product-outcome.ts';
import { requireStepUp } from '../sign-in/step-up.ts';
import type { ImpersonationDeps } from './impersonation-deps.ts';
import { readSession } from './read-sessions.ts';
import { lockSubject } from './subject.ts';

/** Who begins a session, and how they write. */
export interface SessionCaller {
  readonly principal: Administrator | Operator;
  readonly origin: Origin;
  readonly correlationId: string;
  readonly address: string;
  readonly userAgent: string | null;
  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/**
 * Begins a session: written down first, so that nothing can happen that no list shows; then the product is asked for
 * `User.createActorToken`, as the operator.
 * @returns the session, and where the operator's browser goes on
 * @throws Refusal `operator_role_missing`, `step_up_required`, `impersonation_of_operator`, `impersonation_subject_unknown`, `product_…`
 */
export async function startSession(
  deps: ImpersonationDeps,
  caller: SessionCaller,
  body: RouteBody<typeof impersonationsStart>,
): Promise<{ session: Impersonation; url: string }> {
  const { database, clock } = deps;
  const { principal } = caller;
  const product = await requireProduct(database.db, principal, body.serviceId);
  // Castellan itself is no product to act in: its own pages know who is signed in with a browser, and nobody else.
  if (product.serviceId === null) throw new Refusal('not_found');
  if (product.adminUrl === null) throw new Refusal('product_no_address');
  const session = await caller.write((tx) => openSession(deps, tx, principal, product, body));
  try {
    const answer = await askProduct(deps, caller, product, body, session.id);
    const url = await caller.write((tx) =>
      mintFor(deps, tx, caller, { ...session, userId: body.userId }, answer),
    );
    return { session: await readSession(database.db, principal, session.id, clock.now()), url };
  } catch (error) {
    const reason = error instanceof Refusal ? error.code : 'internal';
    await database.write(caller.origin, (tx) => failSession(tx, session, product.name, reason));
    throw error;
  }
}

interface OpenedSession {
  readonly id: string;
  readonly serviceId: string;
  readonly serviceName: string;
  readonly label: string;
  readonly allowWrites: boolean;
  readonly expiresAt: Date;
}

async function openSession(
  deps: ImpersonationDeps,
  tx: Transaction,
  principal: Administrator | Operator,
  product: ReachedProduct,
  body: RouteBody<typeof impersonationsStart>,
): Promise<OpenedSession> {
  await confirmOperatorRole(tx, principal, product.serviceId, 'admin');
  await requireStepUp(tx, principal);
  if (body.userId !== undefined) await lockSubject(tx, body.userId, deps.adminEmails);
  const session = {
    id: newId(),
    serviceId: product.serviceId!,
    serviceName: product.name,
    label: body.label || body.rowId,
    allowWrites: body.allowWrites === true,
    expiresAt: after(tx.now, impersonationLifeSeconds),
  };
  await tx.db.insert(impersonationSessions).values({
    ...session,
    operatorId: principal.userId,
    operatorName: principal.name,
    operatorEmail: principal.email,
    consoleGrantId: principal.grantId,
    rowId: body.rowId,
    reason: body.reason,
    startedAt: tx.now,
  });
  tx.record({
    action: 'impersonation_started',
    target: { kind: 'user', id: body.userId ?? null, label: session.label },
    service: product.name,
    detail: {
      impersonation_session_id: session.id,
      row_id: body.rowId,
      reason: body.reason,
      allow_writes: session.allowWrites,
    },
  });
  return session;
}

async function askProduct(
  deps: ImpersonationDeps,
  { principal, correlationId }: SessionCaller,
  product: ReachedProduct,
  body: RouteBody<typeof impersonationsStart>,
  sessionId: string,
): Promise<ActorTokenAnswer> {
  const outcome = await deps.products.call({
    service: product.name,
    adminUrl: product.adminUrl!,
    operator: principal,
    role: product.role,
    correlationId,
    intent: {
      model: 'User',
      action: 'custom',
      command: createActorTokenCommand,
      id: body.rowId,
      payload: {
        session_id: sessionId,
        reason: body.reason,
        allow_writes: body.allowWrites === true,
        expires_in: impersonationLifeSeconds,
      },
    },
    counted: 'custom',
  });
  if (outcome.kind !== 'answered') throw refusalOf(product.name, outcome);
  const read = ActorTokenAnswer.safeParse(outcome.data);
  // Only whoever mints can promise that the end is true at once: a product that names no subject has minted itself.
  if (!read.success || (read.data.ends_by === 'platform') !== (read.data.subject !== undefined))
    throw new Refusal('product_nonsense', {
      detail: `${product.name}: its ${createActorTokenCommand} answered with something else.`,
    });
  if (!isSafe(read.data.url))
    throw new Refusal('product_nonsense', {
      detail: `${product.name}: its ${createActorTokenCommand} named an address without HTTPS.`,
    });
  return read.data;
}

/** A ticket or a session in an address must not travel in the clear; on this machine it does not travel. */
function isSafe(address: string): boolean {
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== '' || password !== '') return false;
  return (
    protocol === 'https:' ||
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    /^127(?:\.\d+){3}$/.test(hostname)
  );
}

/** Writes down what the product minted, or mints where it is Castellan's to do. @returns the address to open */
async function mintFor(
  deps: ImpersonationDeps,
  tx: Transaction,
  caller: SessionCaller,
  session: OpenedSession & { readonly userId: string | undefined },
  answer: ActorTokenAnswer,
): Promise<string> {
  const { principal } = caller;
  const stands = and(eq(impersonationSessions.id, session.id), isNull(impersonationSessions.endedAt));
  if (answer.subject === undefined) {
    await setMinted(tx, stands, { endsBy: answer.ends_by, externalId: answer.external_id ?? null });
    return answer.url;
  }
  if (session.userId !== undefined && answer.subject.toLowerCase() !== session.userId.toLowerCase())
    throw new Refusal('impersonation_subject_unknown', {
      detail:
        'The row belongs to another account than the one that you came from. Choose the row of this person.',
    });
  const subject = await lockSubject(tx, answer.subject, deps.adminEmails);
  const ticket = newToken('imt_');
  const grantId = await insertGrant(tx, {
    kind: 'impersonation',
    userId: subject.id,
    serviceId: session.serviceId,
    workspaceId: null,
    address: caller.address,
    userAgent: caller.userAgent,
    parentGrantId: principal.grantId,
  });
  await tx.db
    .update(grants)
    .set({ expiresAt: session.expiresAt, idleExpiresAt: session.expiresAt })
    .where(eq(grants.id, grantId));
  await setMinted(tx, stands, {
    endsBy: 'platform',
    userId: subject.id,
    grantId,
    ticketDigest: tokenDigest(ticket),
    ticketExpiresAt: after(tx.now, tokenKinds.impersonation_ticket.lifeSeconds),
  });
  const url = new URL(answer.url);
  url.searchParams.set(impersonationTicketParameter, ticket);
  return url.href;
}

async function setMinted(
  tx: Transaction,
  where: ReturnType<typeof and>,
  minted: Partial<typeof impersonationSessions.$inferInsert>,
): Promise<void> {
  const changed = await tx.db
    .update(impersonationSessions)
    .set(minted)
    .where(where)
    .returning({ id: impersonationSessions.id });
  // Somebody ended it while the product was asked.
  if (changed.length === 0)
    throw new Refusal('not_found', { detail: 'The session was ended while it began.' });
}

async function failSession(
  tx: Transaction,
  session: OpenedSession,
  service: string,
  reason: string,
): Promise<void> {
  const [failed] = await tx.db
    .update(impersonationSessions)
    .set({ endedAt: tx.now, endedReason: 'failed' })
    .where(and(eq(impersonationSessions.id, session.id), isNull(impersonationSessions.endedAt)))
    .returning({ grantId: impersonationSessions.grantId });
  if (!failed) return;
  if (failed.grantId !== null) await endGrants(tx, { grantId: failed.grantId }, 'ended_by_operator');
  tx.record({
    action: 'impersonation_failed',
    target: { kind: 'user', id: null, label: session.label },
    service,
    detail: { impersonation_session_id: session.id, reason },
  });
}
