/**
 * How much a sign-in is worth, from least to most: `aal1` one factor, `aal2` two factors (NIST SP 800-63B §4), `phr`
 * one that can't be phished (OpenID Connect EAP ACR Values 1.0 §2). More satisfies whoever asks for less.
 */
export const acrValues = ['aal1', 'aal2', 'phr'] as const;

/** One level of authentication. */
export type Acr = (typeof acrValues)[number];

/** The methods of RFC 8176 that a relayed sign-in page can't use: a key that signs for one origin. */
const phishingResistant = ['hwk', 'swk', 'pop'];

/** What the methods of a sign-in (RFC 8176) are worth together. */
export function acrOf(amr: readonly string[]): Acr {
  if (amr.some((method) => phishingResistant.includes(method))) return 'phr';
  return amr.includes('mfa') ? 'aal2' : 'aal1';
}

/** Whether a sign-in is worth at least one of those asked for; of a value that is none of ours, it is not. */
export function acrSatisfies(held: string, wanted: readonly string[]): boolean {
  const worth = acrValues.indexOf(held as Acr);
  return wanted.some((value) => {
    const needed = acrValues.indexOf(value as Acr);
    return needed >= 0 && worth >= needed;
  });
}
