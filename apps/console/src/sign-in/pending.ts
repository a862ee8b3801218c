import { type SecondFactorMethod, secondFactorMethods } from '@castellan/contract';

/** A sign-in whose first factor was right: what its second step is asked with. */
export interface PendingSignIn {
  readonly mfaToken: string;
  readonly methods: readonly SecondFactorMethod[];
}

/** Reads the part of an address behind `#` that a sign-in at a provider leads back with. */
export function readPending(hash: string): PendingSignIn | undefined {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const mfaToken = given.get('mfa_token');
  const named = (given.get('methods') ?? '').split(',');
  const methods = secondFactorMethods.filter((method) => named.includes(method));
  return mfaToken && methods.length > 0 ? { mfaToken, methods } : undefined;
}
