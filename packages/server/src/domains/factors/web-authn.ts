/** The library that verifies passkeys, loaded when the first one is asked for: it takes as long as half of the server's start. */
export const webAuthn = (): Promise<typeof import('@simplewebauthn/server')> =>
  import('@simplewebauthn/server');
