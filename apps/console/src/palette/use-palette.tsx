import { lazy, Suspense, useEffect, useState } from 'react';

const load = () => import('./palette.tsx');
const Palette = lazy(async () => ({ default: (await load()).Palette }));

/** The keys of this machine, as they are written on its keyboard. */
export const paletteKeys = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K';

/** The palette, the way to open it by a button, and Ctrl-K or Cmd-K from anywhere. Its code comes when it is first asked for. */
export function usePalette() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const toggle = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      if (event.altKey || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      // What somebody is in the middle of, such as a form at the side, is not covered by it.
      setOpen((open) => !open && document.querySelector('[role="dialog"], [role="alertdialog"]') === null);
    };
    addEventListener('keydown', toggle);
    return () => removeEventListener('keydown', toggle);
  }, []);
  return {
    open: () => setOpen(true),
    /** On hover: then it is there when it is wanted. */
    preload: () => void load(),
    palette: isOpen && (
      <Suspense>
        <Palette onClose={() => setOpen(false)} />
      </Suspense>
    ),
  };
}
