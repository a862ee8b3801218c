/** Why a way to a provider led nowhere; the value is what the timeline keeps and what pages are found by. */
export const federationProblemCodes = [
  'provider_unknown',
  'provider_unavailable',
  'answer_refused',
  'attempt_unknown',
  'cancelled',
  'tenant_refused',
  'email_missing',
  'email_unverified',
  'account_exists',
  'invitation_elsewhere',
  'registration_closed',
  'account_deactivated',
  'linked_elsewhere',
  'link_other_person',
  'not_admin',
  'last_way_in',
] as const;
/** One reason. */
export type FederationProblemCode = (typeof federationProblemCodes)[number];

/** What a page about a problem can tell beyond its kind. */
export interface FederationProblemFacts {
  readonly provider?: string | undefined;
  /** As the provider said it; shown, never trusted. */
  readonly email?: string | undefined;
  /** For the log and for operators: never a secret, never shown to strangers. */
  readonly detail?: string | undefined;
}

/** A sign-in at a provider that led nowhere. */
export class FederationProblem extends Error {
  readonly code: FederationProblemCode;
  readonly facts: FederationProblemFacts;

  constructor(code: FederationProblemCode, facts: FederationProblemFacts = {}, cause?: unknown) {
    super(facts.detail ?? code, { cause });
    this.name = 'FederationProblem';
    this.code = code;
    this.facts = facts;
  }
}
