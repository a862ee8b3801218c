/** What a toast says, and the one thing to do next. */
export interface ToastMessage {
  readonly title: string;
  readonly detail?: string | undefined;
  readonly failed?: boolean;
  /** One thing to do next: "Undo" or "View". */
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** A toast that is shown, by its number. */
export interface ShownToast extends ToastMessage {
  readonly id: number;
}

let shown: readonly ShownToast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
function publish(toasts: readonly ShownToast[]): void {
  shown = toasts;
  for (const listener of listeners) listener();
}

/** Says in a corner what was done, or what failed; the newest three stay. */
export function toast(message: ToastMessage): void {
  publish([...shown, { ...message, id: nextId++ }].slice(-3));
}

/** The toasts that are shown now, the oldest first. */
export const shownToasts = (): readonly ShownToast[] => shown;

/** Takes one away. */
export function dismissToast(id: number): void {
  publish(shown.filter((other) => other.id !== id));
}

/** Calls back at every change. @returns what ends that */
export function watchToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
