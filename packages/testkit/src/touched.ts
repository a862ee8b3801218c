/** A credential with one character in it changed, always to another one: what its last bits spell may be the same by chance. */
export function touched(credential: string): string {
  const at = credential.length - 8;
  return `${credential.slice(0, at)}${credential[at] === 'A' ? 'B' : 'A'}${credential.slice(at + 1)}`;
}
