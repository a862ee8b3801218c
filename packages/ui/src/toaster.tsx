import { type ComponentType, useEffect, useState, useSyncExternalStore } from 'react';
import { type ShownToast, shownToasts, watchToasts } from './toasts.ts';

type Corner = ComponentType<{ toasts: readonly ShownToast[] }>;

/** No page begins with a toast: the corner comes a moment after the first page, so that it is there when the network is not. */
const afterMs = 1000;

/** An open dialog takes the focus back from wherever it goes outside; to the toasts, which lie above it, it may go. */
function letFocusThrough(event: FocusEvent): void {
  const to = event.type === 'focusin' ? event.target : event.relatedTarget;
  if (to instanceof Element && to.closest('[data-toasts]')) event.stopImmediatePropagation();
}

/** The corner where toasts appear; stands once in an app. */
export function Toaster() {
  const toasts = useSyncExternalStore(watchToasts, shownToasts);
  const [corner, setCorner] = useState<{ readonly Corner: Corner }>();
  useEffect(() => {
    // Stands before any dialog's own listeners, since the app begins with it.
    document.addEventListener('focusin', letFocusThrough);
    document.addEventListener('focusout', letFocusThrough);
    return () => {
      document.removeEventListener('focusin', letFocusThrough);
      document.removeEventListener('focusout', letFocusThrough);
    };
  }, []);
  useEffect(() => {
    if (corner) return;
    // One that did not come is asked for again with the next toast.
    const load = () =>
      void import('./toast-corner.tsx').then(
        ({ ToastCorner }) => setCorner({ Corner: ToastCorner }),
        () => {},
      );
    if (toasts.length > 0) {
      load();
      return;
    }
    const timer = setTimeout(load, afterMs);
    return () => clearTimeout(timer);
  }, [corner, toasts]);
  return corner && <corner.Corner toasts={toasts} />;
}
