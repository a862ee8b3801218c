import { existsSync } from 'node:fs';
import { findChromium } from '../packages/testkit/src/chromium.ts';
import { runTool } from './run-tool.ts';

/** Where Chromium is, or why there is none. */
export type ChromiumFound = { readonly path: string } | { readonly path: null; readonly reason: string };

/** Debian's packages of it, the one without windows first: it does the same in two thirds of the time. */
const packages = ['chromium-headless-shell', 'chromium'];

/** Finds Chromium; where this process may, installs Debian's package. */
export async function ensureChromium(): Promise<ChromiumFound> {
  const present = findChromium();
  if (present) return { path: present };
  if (process.env.CHROMIUM_PATH)
    return { path: null, reason: `CHROMIUM_PATH names no program: ${process.env.CHROMIUM_PATH}` };
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return { path: null, reason: 'No Chromium is here: install it, or name it in CHROMIUM_PATH.' };
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  let output = (await runTool('apt-get', ['update', '-qq'], { env })).output;
  for (const name of packages) {
    console.log(`No Chromium is here; installing the package ${name}`);
    output += (await runTool('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env }))
      .output;
    const path = findChromium();
    if (path) return { path };
  }
  const complaint = output.trim().split('\n').at(-1) ?? '';
  return { path: null, reason: `Chromium could not be installed: ${complaint}` };
}
