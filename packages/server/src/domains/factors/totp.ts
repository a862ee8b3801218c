import { eq } from 'drizzle-orm';
import { Secret, TOTP } from 'otpauth';
import { totpFactors } from '../../platform/database/schema.ts';
import type { Transaction } from '../../platform/database/transaction.ts';
import type { Vault } from '../../platform/secrets/vault.ts';

const stepSeconds = 30;
/** Codes of the step before and after are taken as well: clocks differ, and typing takes time (RFC 6238 §5.2). */
const stepsAround = 1;

/** The generator of a secret, as authenticator apps know it: six digits by SHA-1 every 30 seconds, which all of them read. */
export function generatorOf(secret: Uint8Array, label = ''): TOTP {
  return new TOTP({
    issuer: 'Castellan',
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: stepSeconds,
    secret: new Secret({ buffer: Uint8Array.from(secret).buffer }),
  });
}

/** The step that a code is of, or `undefined` when it is of none around this moment. */
export function stepOf(secret: Uint8Array, code: string, now: Date): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const generator = generatorOf(secret);
  const delta = generator.validate({ token: code, timestamp: now.getTime(), window: stepsAround });
  return delta === null ? undefined : generator.counter({ timestamp: now.getTime() }) + delta;
}

/**
 * Takes a code of a person's authenticator app, each at most once. The caller holds the person locked.
 * @param confirmed whether the factor must count already; the code that confirms it comes before
 * @returns whether the code was right and new
 */
export async function takeTotpCode(
  deps: { readonly vault: Vault },
  tx: Transaction,
  userId: string,
  code: string,
  confirmed: boolean,
): Promise<boolean> {
  const [factor] = await tx.db.select().from(totpFactors).where(eq(totpFactors.userId, userId));
  if (!factor || (factor.confirmedAt !== null) !== confirmed) return false;
  const secret = deps.vault.open('totp-secrets', factor.secretSealed, userId);
  const step = stepOf(secret, code, tx.now);
  if (step === undefined || (factor.lastUsedStep !== null && step <= factor.lastUsedStep)) return false;
  await tx.db
    .update(totpFactors)
    .set({ lastUsedStep: step, lastUsedAt: tx.now, ...(confirmed ? {} : { confirmedAt: tx.now }) })
    .where(eq(totpFactors.userId, userId));
  return true;
}
