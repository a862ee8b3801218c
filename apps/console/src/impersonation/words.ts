import type { Impersonation } from '@castellan/contract';
import type { Meaning } from '@castellan/ui';

/** A state in words. */
export const stateLabels: Readonly<Record<Impersonation['state'], string>> = {
  starting: 'Starting',
  live: 'Live',
  ended: 'Ended',
  expired: 'Expired',
  failed: 'Never began',
};

/** What the colour of a state says. */
export const stateMeanings: Readonly<Record<Impersonation['state'], Meaning>> = {
  starting: 'info',
  live: 'success',
  ended: 'neutral',
  expired: 'neutral',
  failed: 'danger',
};

/** What the operator is told once a session was ended. */
export function endedWords(
  effect: 'ended' | 'asked' | 'unknown',
  serviceName: string,
): { readonly title: string; readonly detail?: string } {
  switch (effect) {
    case 'ended':
      return { title: 'The session has ended', detail: 'Its next call is refused.' };
    case 'asked':
      return { title: 'The session has ended', detail: `${serviceName} ended it on its side.` };
    case 'unknown':
      return {
        title: 'Ended here',
        detail: `${serviceName} could not be told: unless it asks Castellan, its own session runs out by itself.`,
      };
  }
}
