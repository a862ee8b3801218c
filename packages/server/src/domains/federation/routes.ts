import type { Implementation } from '../../platform/http/implementation.ts';
import { createAttempts } from './attempts.ts';
import { type OperatorFederationDeps, operatorFederationRoutes } from './operator-routes.ts';
import { type PersonFederationDeps, personFederationRoutes } from './person-routes.ts';
import { createProviderConfigurations } from './provider-configurations.ts';

/** What sign-in at other providers is put together from. */
export interface FederationRoutesOptions
  extends Omit<PersonFederationDeps, 'attempts' | 'configurations'>,
    Omit<OperatorFederationDeps, 'attempts' | 'configurations'> {
  /** The setting OUTBOUND_ALLOW. */
  readonly outboundAllow: readonly string[];
  /** Whether cookies need HTTPS. */
  readonly secure: boolean;
}

/** Sign-in at other providers (P1), of people and of operators, and the keeping of providers. */
export function federationRoutes({
  outboundAllow,
  secure,
  ...given
}: FederationRoutesOptions): Implementation[] {
  const { database, vault, clock } = given;
  const deps = {
    ...given,
    attempts: createAttempts({ database, vault, clock, secure }),
    configurations: createProviderConfigurations({ vault, allow: outboundAllow }),
  };
  return [...personFederationRoutes(deps), ...operatorFederationRoutes(deps)];
}
