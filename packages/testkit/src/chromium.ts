import { accessSync, constants } from 'node:fs';

/** First the one without windows: the same engine, with two thirds of the work. */
const usualPlaces = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/**
 * The Chromium to test with: the one that `CHROMIUM_PATH` names, else one of the usual places of Linux.
 *
 * @returns its path, or null when there is none.
 */
export function findChromium(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  const places = env.CHROMIUM_PATH ? [env.CHROMIUM_PATH] : usualPlaces;
  return places.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
