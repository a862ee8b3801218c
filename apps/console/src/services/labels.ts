import type { ApplicationType, ClientAuthMethod, ClientGrantType } from '@castellan/contract';

/** What runs a client, in words. */
export const applicationTypeLabels: Readonly<Record<ApplicationType, string>> = {
  web: 'Web',
  native: 'Native',
};

/** How a client proves itself, in words. */
export const authMethodLabels: Readonly<Record<ClientAuthMethod, string>> = {
  none: 'It keeps no secret',
  client_secret_basic: 'Secret, in the header',
  client_secret_post: 'Secret, in the body',
  private_key_jwt: 'Signed with its own key',
};

/** What a client uses each way to tokens for, in words. */
export const grantTypeLabels: Readonly<Record<ClientGrantType, string>> = {
  authorization_code: 'People sign in',
  refresh_token: 'People stay signed in',
  client_credentials: 'Acts for itself',
  'urn:ietf:params:oauth:grant-type:device_code': 'People sign in on another device',
  'urn:ietf:params:oauth:grant-type:token-exchange': 'Exchanges tokens for others',
};

/** Whether clients that prove themselves in this way have secrets. */
export function takesSecret(method: ClientAuthMethod): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post';
}
