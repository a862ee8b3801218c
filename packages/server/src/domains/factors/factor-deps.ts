import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import type { Vault } from '../../platform/secrets/vault.ts';

/** Whom a passkey is made for and where it may be used (Web Authentication §5.1.3, §13.4.9). */
export interface RelyingParty {
  /** The host of PUBLIC_URL. */
  readonly id: string;
  /** What the browser shows. */
  readonly name: string;
  /** The exact origin of the account pages. */
  readonly publicOrigin: string;
  /** The exact origin of the console; `undefined` where browsers would not let it use a passkey of `id`. */
  readonly consoleOrigin: string | undefined;
}

/** What factors stand on. */
export interface FactorDeps {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly relyingParty: RelyingParty;
}

/**
 * The relying party of an installation. The console can use its passkeys where its host is the host of PUBLIC_URL or lies
 * under it (Web Authentication §5.1.4.1 step 8).
 */
export function relyingPartyOf(publicUrl: string, adminUrl: string): RelyingParty {
  const id = new URL(publicUrl).hostname;
  const adminHost = new URL(adminUrl).hostname;
  const reachesConsole = adminHost === id || adminHost.endsWith(`.${id}`);
  return {
    id,
    name: 'Castellan',
    publicOrigin: publicUrl,
    consoleOrigin: reachesConsole ? adminUrl : undefined,
  };
}
