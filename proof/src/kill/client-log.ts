import { openSync, readFileSync, writeSync } from 'node:fs';

/** What a writer asked for. Every text is used once, so that each write can be told from all others. */
export type Write =
  | { readonly kind: 'user'; readonly email: string }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'rename'; readonly groupId: string; readonly name: string }
  | { readonly kind: 'role'; readonly userId: string; readonly role: string }
  | { readonly kind: 'removal'; readonly groupId: string }
  | { readonly kind: 'sign-in'; readonly email: string };

/** One line of a client's own log: before the request leaves, and when its answer is there. */
export type Line =
  | { readonly writer: number; readonly number: number; readonly at: 'sent'; readonly write: Write }
  | { readonly writer: number; readonly number: number; readonly at: 'acknowledged'; readonly id: string }
  | { readonly writer: number; readonly number: number; readonly at: 'refused'; readonly status: number };

/** Opens a log; each line is handed to the system before the call returns, so that it survives its writer. */
export function openClientLog(path: string): (line: Line) => void {
  const file = openSync(path, 'a');
  return (line) => {
    writeSync(file, `${JSON.stringify(line)}\n`);
  };
}

/** One write, as its client saw it. */
export interface Outcome {
  readonly writer: number;
  readonly number: number;
  readonly write: Write;
  /** The id that the answer named; `undefined` when no answer came. */
  readonly acknowledged: string | undefined;
  readonly refused: number | undefined;
}

/** Reads a whole log, in the order in which requests left. */
export function readClientLog(path: string): Outcome[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  const outcomes = new Map<string, Outcome>();
  for (const text of lines) {
    const line = JSON.parse(text) as Line;
    const key = `${line.writer} ${line.number}`;
    if (line.at === 'sent') {
      const { writer, number, write } = line;
      outcomes.set(key, { writer, number, write, acknowledged: undefined, refused: undefined });
    } else
      outcomes.set(key, {
        ...outcomes.get(key)!,
        ...(line.at === 'acknowledged' ? { acknowledged: line.id } : { refused: line.status }),
      });
  }
  return [...outcomes.values()];
}
