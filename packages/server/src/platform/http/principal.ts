import type { OperatorRole } from '@castellan/contract';

/** A browser that somebody is signed in with, as it is at this moment. */
export interface BrowserSession {
  readonly grantId: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  /** How they signed in (RFC 8176). */
  readonly amr: readonly string[];
  /** How much that is worth: `aal1`, `aal2` or `phr`. */
  readonly acr: string;
  /**
   * When they proved who they are: of several factors, the oldest one's. `null` where that is not known: their provider
   * did not say.
   */
  readonly authTime: Date | null;
  /** When they last signed in here, however sure the moment of that proof is. */
  readonly signedInAt: Date;
  readonly workspaceId: string | null;
}

/** What an operator was granted for a service, or for every one: `serviceId` null. */
export interface OperatorGrant {
  readonly serviceId: string | null;
  readonly role: OperatorRole;
}

/** Who acts. Authentication ends in one of these; nothing behind it looks at a token. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'administrator';
      readonly userId: string;
      readonly email: string;
      readonly name: string;
      readonly grantId: string;
      readonly expiresAt: Date;
    }
  | {
      /** Somebody with a grant who does not administer. */
      readonly kind: 'operator';
      readonly userId: string;
      readonly email: string;
      readonly name: string;
      readonly grantId: string;
      readonly expiresAt: Date;
      /** What they were granted as of this request: at least one. */
      readonly roles: readonly OperatorGrant[];
    }
  | { readonly kind: 'person'; readonly session: BrowserSession }
  | {
      readonly kind: 'service';
      readonly serviceId: string;
      readonly name: string;
      readonly keyId: string;
      /** Where its tokens are to be used (RFC 8707), beside its name. */
      readonly resourceUri: string | null;
    };

/** Owns every service, and administers Castellan itself. */
export type Administrator = Extract<Principal, { kind: 'administrator' }>;
/** Somebody who may use the console for what was granted to them, and does not administer Castellan. */
export type Operator = Extract<Principal, { kind: 'operator' }>;
/** Somebody who is signed in with this browser. */
export type PersonPrincipal = Extract<Principal, { kind: 'person' }>;
export type ServicePrincipal = Extract<Principal, { kind: 'service' }>;
export const anonymous: Principal = { kind: 'anonymous' };

/** Whether somebody is signed in to the console. */
export function isOperator(principal: Principal): principal is Administrator | Operator {
  return principal.kind === 'administrator' || principal.kind === 'operator';
}
