/** Every value of a flag that may be given several times; citty itself keeps the last alone. */
export function repeated(raw: readonly string[], flag: string): string[] {
  return raw.flatMap((argument, index) => {
    if (argument === flag) return raw[index + 1] ?? [];
    return argument.startsWith(`${flag}=`) ? argument.slice(flag.length + 1) : [];
  });
}
