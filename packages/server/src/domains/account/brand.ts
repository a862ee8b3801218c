import type { Interactions } from '../oauth/interactions.ts';
import type { Brand } from './account-frame.ts';

/**
 * Whose face a page wears: the client whose authorization request goes on at `returnTo`, as long as it waits in this
 * browser. Only clients that an administrator registered have one: a name that anybody may choose is no brand.
 */
export function createBrandOf(
  interactions: () => Pick<Interactions, 'open'>,
): (returnTo: string, cookies: string | undefined) => Promise<Brand | undefined> {
  return async (returnTo, cookies) => {
    const uid = /^\/interaction\/([\w-]{1,64})$/.exec(returnTo)?.[1];
    if (uid === undefined) return undefined;
    try {
      const { client } = await interactions().open(uid, cookies);
      if (client.origin !== 'registered') return undefined;
      const { name, logoUri, accentColor } = client;
      return { name, accentColor, ...(logoUri === null ? {} : { logo: logoUri }) };
    } catch {
      // Over, or of another browser: then it is a page of our own.
      return undefined;
    }
  };
}
