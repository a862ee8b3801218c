import type { Interactions } from '../oauth/interactions.ts';
import type { Brand } from './account-frame.ts';

/**
 * Whose face a page wears: the client whose authorization request goes on at `returnTo`, as long as it waits. Only clients that an administrator registered have one: a name that anybody may choose is no brand.
 */
export function createBrandOf(
  interactions: () => Pick<Interactions, 'whoAsks'>,
): (returnTo: string) => Promise<Brand | undefined> {
  return async (returnTo) => {
    const uid = /^\/interaction\/([\w-]{1,64})$/.exec(returnTo)?.[1];
    if (uid === undefined) return undefined;
    const client = await interactions().whoAsks(uid);
    if (client?.origin !== 'registered') return undefined;
    const { name, logoUri, accentColor } = client;
    return { name, accentColor, ...(logoUri === null ? {} : { logo: logoUri }) };
  };
}
