import { type ComponentType, useEffect, useState, useSyncExternalStore } from 'react';
import { type ShownToast, shownToasts, watchToasts } from './toasts.ts';

type Corner = ComponentType<{ toasts: readonly ShownToast[] }>;

/** No page begins with a toast: the corner comes a moment after the first page, so that it is there when the network is not. */
const afterMs = 1000;

/** The corner where toasts appear; stands once in an app. */
export function Toaster() {
  const toasts = useSyncExternalStore(watchToasts, shownToasts);
  const [corner, setCorner] = useState<{ readonly Corner: Corner }>();
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
