import type { Passkey } from '@castellan/contract';
import type {
  PublicKeyCredentialCreationOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { eq } from 'drizzle-orm';
import { newId } from '../../platform/database/identifiers.ts';
import { passkeys } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import { Refusal } from '../../platform/refusal.ts';
import { tokenDigest } from '../../platform/secrets/opaque-token.ts';
import type { BrowserSessions } from '../browser-sessions/browser-session.ts';
import type { OwnSession } from './account-factors.ts';
import type { FactorDeps } from './factor-deps.ts';
import { factorAdded, lockOwner } from './held-factors.ts';
import { userHandleOf } from './passkey-assertion.ts';
import { challengeLifeSeconds, newChallenge, readClientData, takeChallenge } from './passkey-challenges.ts';
import { requireRecentSignIn } from './recent-sign-in.ts';
import { webAuthn } from './web-authn.ts';

/** More than anybody has devices; the list of those that are excluded travels with every registration. */
const mostPasskeys = 20;
/** EdDSA, ES256 and RS256 (RFC 9053 §2, RFC 8812 §2): every authenticator has one of them. */
const algorithms = [-8, -7, -257];
const authenticatorSelection = { residentKey: 'required', userVerification: 'required' } as const;

const bindingOf = (session: Pick<OwnSession, 'grantId'>): Buffer => tokenDigest(`grant:${session.grantId}`);

/**
 * Options by which a browser makes a passkey for the person who is signed in: discoverable, with user verification, not
 * on an authenticator that holds one of theirs already.
 * @throws Refusal `recent_sign_in_required`, `factor_exists` when there are too many
 */
export async function registrationOptions(
  deps: Pick<FactorDeps, 'relyingParty'>,
  tx: Transaction,
  session: OwnSession,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  requireRecentSignIn(session, tx.now);
  const owner = await lockOwner(tx, session.userId);
  const own = await tx.db
    .select({ credentialId: passkeys.credentialId, transports: passkeys.transports })
    .from(passkeys)
    .where(eq(passkeys.userId, owner.id));
  refuseTooMany(own.length);
  const { generateRegistrationOptions } = await webAuthn();
  return generateRegistrationOptions({
    rpName: deps.relyingParty.name,
    rpID: deps.relyingParty.id,
    userID: userHandleOf(owner.id),
    userName: owner.email,
    userDisplayName: owner.name,
    challenge: await newChallenge(tx.db, tx.now, { purpose: 'register', binding: bindingOf(session) }),
    timeout: challengeLifeSeconds * 1000,
    attestationType: 'none',
    excludeCredentials: own.map(({ credentialId, transports }) => ({
      id: credentialId.toString('base64url'),
      transports: transports as NonNullable<RegistrationResponseJSON['response']['transports']>,
    })),
    authenticatorSelection,
    supportedAlgorithmIDs: algorithms,
  });
}

function refuseTooMany(count: number): void {
  if (count >= mostPasskeys)
    throw new Refusal('factor_exists', {
      detail: `An account holds at most ${mostPasskeys} passkeys. Remove one first.`,
    });
}

/** What came of a registration. */
export type Registration =
  | { readonly registered: true; readonly passkey: Passkey; readonly recoveryCodes: string[] | undefined }
  | { readonly registered: false; readonly refusal: Refusal };

/**
 * Verifies a new passkey (Web Authentication §7.1) and keeps it; the session has then proved two factors. The challenge
 * is used up: the transaction has to commit whatever comes of it.
 * @throws Refusal `recent_sign_in_required`, `factor_exists`
 */
export async function registerPasskey(
  deps: Pick<FactorDeps, 'relyingParty'> & { readonly browserSessions: Pick<BrowserSessions, 'raise'> },
  tx: Transaction,
  session: OwnSession,
  given: { readonly response: RegistrationResponseJSON; readonly name: string },
): Promise<Registration> {
  requireRecentSignIn(session, tx.now);
  const owner = await lockOwner(tx, session.userId);
  const refused: Registration = { registered: false, refusal: new Refusal('passkey_refused') };
  const client = readClientData(given.response.response.clientDataJSON);
  const use = { purpose: 'register', binding: bindingOf(session) } as const;
  if (!client || client.crossOrigin || !(await takeChallenge(tx, client.challenge, use))) return refused;
  const info = await verify(deps, given.response, client.challenge);
  if (!info) return refused;
  const { credential, credentialDeviceType, credentialBackedUp } = info;
  const own = await tx.db.select({ id: passkeys.id }).from(passkeys).where(eq(passkeys.userId, owner.id));
  refuseTooMany(own.length);
  const row = {
    id: newId(),
    userId: owner.id,
    credentialId: Buffer.from(credential.id, 'base64url'),
    publicKey: Buffer.from(credential.publicKey),
    signCount: credential.counter,
    transports: given.response.response.transports ?? [],
    backupEligible: credentialDeviceType === 'multiDevice',
    backedUp: credentialBackedUp,
    name: given.name,
    createdAt: tx.now,
  };
  // §7.1 step 26: an id that is known, of whomever, is refused.
  const inserted = await tx.db
    .insert(passkeys)
    .values(row)
    .onConflictDoNothing({ target: passkeys.credentialId })
    .returning({ id: passkeys.id });
  if (inserted.length === 0) return refused;
  const recoveryCodes = await factorAdded(tx, owner, { kind: 'passkey', name: row.name });
  await deps.browserSessions.raise(tx, session.grantId, { amr: ['swk', 'user', 'mfa'] });
  return {
    registered: true,
    passkey: {
      id: row.id,
      name: row.name,
      createdAt: row.createdAt,
      lastUsedAt: null,
      isBackedUp: row.backedUp,
      suspectedAt: null,
    },
    recoveryCodes,
  };
}

async function verify(
  { relyingParty }: Pick<FactorDeps, 'relyingParty'>,
  response: RegistrationResponseJSON,
  challenge: string,
) {
  const { verifyRegistrationResponse } = await webAuthn();
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      // Passkeys are made on the account pages only, never on the console's.
      expectedOrigin: relyingParty.publicOrigin,
      expectedRPID: relyingParty.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    });
    return verified ? registrationInfo : undefined;
  } catch {
    return undefined; // Whatever is wrong with it, it is not kept.
  }
}
