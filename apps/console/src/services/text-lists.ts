/** A list as a text to edit: an entry on each line. */
export function toLines(list: readonly string[]): string {
  return list.join('\n');
}

/** The entries of a text, one on each line; empty lines are no entries. */
export function fromLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

/** The words of a text, as scopes are written. */
export function fromWords(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

/** Scopes as a text to edit: on each line a name, then the words that people read. */
export function scopesToLines(scopes: readonly { name: string; description: string }[]): string {
  return scopes.map(({ name, description }) => `${name} ${description}`).join('\n');
}

/** The scopes of such a text. */
export function scopesFromLines(text: string): { name: string; description: string }[] {
  return fromLines(text).map((line) => {
    const [name = '', ...words] = line.split(/\s+/);
    return { name, description: words.join(' ') };
  });
}

/** A text that may be left out: nothing when it is empty. */
export function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}

/** A key set as it was pasted; a single key counts as a set of one. */
export type ReadKeys =
  | { readonly keys: { keys: Record<string, unknown>[] } | null }
  | { readonly problem: string };

/** Reads a JSON Web Key Set (RFC 7517 §5) that somebody pasted. */
export function readKeys(text: string): ReadKeys {
  if (text.trim() === '') return { keys: null };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: 'This is not JSON. Paste the public key set as it is, from { to }.' };
  }
  if (!isObject(parsed)) return { problem: 'This is no key set. It looks like {"keys": […]}.' };
  const list: unknown = 'kty' in parsed ? [parsed] : parsed.keys;
  if (!Array.isArray(list) || !list.every(isObject))
    return { problem: 'This is no key set. It looks like {"keys": […]}.' };
  return { keys: { keys: list } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
