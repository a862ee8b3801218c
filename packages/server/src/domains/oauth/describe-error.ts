/** What is wrong with what each grant type brings; which of it, is not told to whoever may be guessing. */
const grantProblems: Readonly<Record<string, string>> = {
  authorization_code:
    'code: it is unknown, has expired or was used, or is not of this client, redirect_uri, code_verifier and key',
  refresh_token:
    'refresh_token: it is unknown, was used, or has ended with what it stood for, or is not of this client and key',
  'urn:ietf:params:oauth:grant-type:device_code':
    'device_code: it is unknown or was used, or is not of this client',
};

/** The library's general sentences, with the parameter that they are about (RFC 6749 §5.2 leaves the words to us). */
export function describeError(description: string, grantType: unknown): string {
  switch (description) {
    case 'grant request is invalid':
      return grantProblems[String(grantType)] ?? description;
    case 'client authentication failed':
      return 'client_id, client_secret or client_assertion: client authentication failed';
    case 'client is invalid':
      return 'client_id: there is no such client';
    case 'no client authentication mechanism provided':
      return 'client_id: it is missing';
    case 'resource indicator is missing, or unknown':
      return 'resource: it is not one that was allowed';
    default:
      return description;
  }
}
