import type { ActorProbe } from '@castellan/admin/contract';

/** What was typed can't be meant. */
export class WrongArgument extends Error {
  override readonly name = 'WrongArgument';
}

/** Reads an argument that is a JSON object. @throws WrongArgument */
export function objectOf(name: string, text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new WrongArgument(`--${name} is a JSON object`);
}

/** Reads `--actor`. @throws WrongArgument */
export function probeOf(text: string | undefined): ActorProbe | undefined {
  const value = objectOf('actor', text);
  if (value === undefined) return undefined;
  const { authorization, intent } = value;
  if (typeof authorization === 'string' && typeof intent === 'object' && intent !== null)
    return { authorization, intent: intent as Record<string, unknown> };
  throw new WrongArgument('--actor is {"authorization": "Bearer …", "intent": {…}}');
}
