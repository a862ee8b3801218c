import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './workspaces.ts';

/** How a command ended, and everything it printed. */
export interface ToolResult {
  readonly code: number;
  readonly output: string;
}

/** Where and how a command runs. */
export interface ToolOptions {
  readonly cwd?: string;
  /** Also show the output as it comes. */
  readonly live?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command to its end. It never throws: a command that can't be started ends with code 127. */
export function runTool(
  command: string,
  args: readonly string[],
  { cwd = repositoryRoot, live = false, env = {} }: ToolOptions = {},
): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm is a script, not a program, on Windows.
      shell: process.platform === 'win32' && command === 'npm',
    });
    let output = '';
    for (const [stream, screen] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output += text;
        if (live) screen.write(text);
      });
    }
    child.on('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}\n` }));
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}\nended by ${signal}\n` : output }),
    );
  });
}

/** The JavaScript file behind a command that a development dependency installs, to be run by this same Node. */
export function toolPath(packageName: string, command: string): string {
  const folder = join(repositoryRoot, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  const file = typeof bin === 'string' ? bin : bin[command];
  if (!file) throw new Error(`${packageName} has no command ${command}.`);
  return join(folder, file);
}
