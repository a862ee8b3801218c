import type { ProviderKind } from '@castellan/contract';

/** What an operator has to know of a kind of provider. */
export interface KindFacts {
  readonly label: string;
  /** Where the client is made, at the provider. */
  readonly where: string;
  readonly name: string;
  readonly slug: string;
}

/** The kinds, in the order they are offered. */
export const kinds: Readonly<Record<ProviderKind, KindFacts>> = {
  google: {
    label: 'Google',
    where:
      'In the Google Cloud console: APIs & Services, Credentials, an OAuth client of type Web application.',
    name: 'Google',
    slug: 'google',
  },
  github: {
    label: 'GitHub',
    where: 'On GitHub: Settings of your organisation, Developer settings, OAuth Apps.',
    name: 'GitHub',
    slug: 'github',
  },
  entra: {
    label: 'Microsoft Entra ID',
    where: 'In the Entra admin center: App registrations, an app for accounts of this directory only.',
    name: 'Microsoft',
    slug: 'entra',
  },
  oidc: {
    label: 'OpenID Connect',
    where: 'At the issuer: a confidential client for the authorization code flow.',
    name: '',
    slug: '',
  },
};
