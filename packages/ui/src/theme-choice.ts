import { useSyncExternalStore } from 'react';

/** What the reader chose; `system` follows the device. */
export const themes = ['system', 'light', 'dark'] as const;
/** Light, dark, or as the system has it. */
export type Theme = (typeof themes)[number];

/** The key in local storage that the page's first script reads before anything is painted. */
export const themeStorageKey = 'castellan-theme';

const listeners = new Set<() => void>();

function currentTheme(): Theme {
  const held = document.documentElement.dataset.theme;
  return held === 'light' || held === 'dark' ? held : 'system';
}

/** Sets the theme of the page and remembers it on this device. */
export function chooseTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem(themeStorageKey);
    else localStorage.setItem(themeStorageKey, theme);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

/** The theme that is chosen now. */
export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentTheme);
}
