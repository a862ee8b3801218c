import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { Toast } from 'radix-ui';
import { useSyncExternalStore } from 'react';
import { IconButton } from './button.tsx';

/** What a toast says, and the one thing to do next. */
export interface ToastMessage {
  readonly title: string;
  readonly detail?: string | undefined;
  readonly failed?: boolean;
  /** One thing to do next: "Undo" or "View". */
  readonly action?: { readonly label: string; readonly run: () => void };
}

interface ShownToast extends ToastMessage {
  readonly id: number;
}

let shown: readonly ShownToast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
function publish(toasts: readonly ShownToast[]): void {
  shown = toasts;
  for (const listener of listeners) listener();
}
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Says in a corner what was done, or what failed; the newest three stay. */
export function toast(message: ToastMessage): void {
  publish([...shown, { ...message, id: nextId++ }].slice(-3));
}

/** The corner where toasts appear; stands once in an app. F8 moves the focus there. */
export function Toaster() {
  const toasts = useSyncExternalStore(subscribe, () => shown);
  return (
    <Toast.Provider swipeDirection="right" duration={6000}>
      {toasts.map(({ id, title, detail, failed, action }) => (
        <Toast.Root
          key={id}
          type={failed ? 'foreground' : 'background'}
          duration={failed ? 12_000 : 6000}
          onOpenChange={(open) => {
            if (!open) publish(shown.filter((other) => other.id !== id));
          }}
          className="flex animate-rise items-start gap-2.5 rounded-card border border-default bg-float py-2.5 pr-2 pl-3 shadow-float"
        >
          {failed ? (
            <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-danger" />
          ) : (
            <CircleCheck size={16} aria-hidden className="mt-0.5 shrink-0 text-success" />
          )}
          <div className="min-w-0 flex-1">
            <Toast.Title className="text-14 font-medium break-words">{title}</Toast.Title>
            {detail && (
              <Toast.Description className="text-13 break-words text-muted">{detail}</Toast.Description>
            )}
          </div>
          {action && (
            <Toast.Action asChild altText={action.label}>
              <button
                type="button"
                onClick={action.run}
                className="rounded-[4px] px-1.5 text-13 leading-5 font-medium text-link hover:underline"
              >
                {action.label}
              </button>
            </Toast.Action>
          )}
          <Toast.Close asChild>
            <IconButton icon={X} label="Dismiss" small className="-my-1" />
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="fixed right-4 bottom-4 z-60 flex w-[min(380px,calc(100vw-32px))] flex-col gap-2" />
    </Toast.Provider>
  );
}
