import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { Toast } from 'radix-ui';
import { createPortal } from 'react-dom';
import { IconButton } from './button.tsx';
import { dismissToast, type ShownToast } from './toasts.ts';

/** The toasts in their corner. F8 moves the focus there. */
export function ToastCorner({ toasts }: { toasts: readonly ShownToast[] }) {
  return (
    <Toast.Provider swipeDirection="right" duration={6000}>
      {toasts.map(({ id, title, detail, failed, action }) => (
        <Toast.Root
          key={id}
          type={failed ? 'foreground' : 'background'}
          duration={failed ? 12_000 : 6000}
          onOpenChange={(open) => {
            if (!open) dismissToast(id);
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
      {/* An open dialog hides all else from readers, except what stands in the body as live. */}
      {createPortal(
        <div data-toasts aria-live="off">
          {/* Over a panel or dialog it stands above the buttons at the foot. */}
          <Toast.Viewport className="fixed right-4 bottom-4 z-60 flex w-[min(380px,calc(100vw-32px))] flex-col gap-2 [body:has([data-scroll-lock])_&]:bottom-[72px]" />
        </div>,
        document.body,
      )}
    </Toast.Provider>
  );
}
