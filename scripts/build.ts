/**
 * Builds every workspace that has something to build and is not fresh: `npm run build [-- NAME…]`.
 * TypeScript packages (those with a `tsconfig.build.json`) are compiled to `dist`; others run their own `build` script.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { holdBuildLock } from './build-lock.ts';
import { fingerprints, isFresh, stampName } from './fingerprint.ts';
import { runTool, toolPath } from './run-tool.ts';
import { removeStaleFiles } from './stale-files.ts';
import { listWorkspaces, repositoryRoot, type Workspace } from './workspaces.ts';

const atOnce = 2;

/** What one build run did. */
export interface BuildResult {
  readonly built: readonly string[];
  readonly fresh: readonly string[];
  readonly failed: readonly string[];
}

/**
 * Builds what is not fresh, in dependency order, two at a time.
 *
 * @param wanted names or folders of workspaces; with everything they depend on. All when empty.
 * @param say receives progress lines.
 */
export async function build(
  wanted: readonly string[] = [],
  say: (line: string) => void = console.log,
): Promise<BuildResult> {
  const release = await holdBuildLock(say);
  try {
    return await buildUnlocked(wanted, say);
  } finally {
    await release();
  }
}

async function buildUnlocked(wanted: readonly string[], say: (line: string) => void): Promise<BuildResult> {
  const everything = listWorkspaces();
  const prints = fingerprints(everything);
  const queue = select(everything, wanted).filter(isBuildable);
  const result = { built: [] as string[], fresh: [] as string[], failed: [] as string[] };
  const done = new Map<string, Promise<boolean>>();
  const slots = new Slots(atOnce);

  for (const workspace of queue) {
    const before = workspace.dependsOn.map((name) => done.get(name) ?? Promise.resolve(true));
    done.set(
      workspace.name,
      Promise.all(before).then(async (outcomes) => {
        if (outcomes.includes(false)) {
          result.failed.push(workspace.name);
          say(`  not built ${workspace.name}: something it needs failed`);
          return false;
        }
        const print = prints.get(workspace.name)!;
        if (await isFresh(workspace, print)) {
          result.fresh.push(workspace.name);
          return true;
        }
        const succeeded = await slots.run(() => buildOne(workspace, print, say));
        result[succeeded ? 'built' : 'failed'].push(workspace.name);
        return succeeded;
      }),
    );
  }
  await Promise.all(done.values());
  return result;
}

/** Whether a workspace has something to build. */
function isBuildable(workspace: Workspace): boolean {
  return buildSteps(workspace).length > 0;
}

type Step = readonly [command: string, ...args: string[]];

function buildSteps(workspace: Workspace): readonly Step[] {
  const own = workspace.manifest.scripts?.build;
  if (own && own !== 'tsc -p tsconfig.build.json') return [['npm', 'run', '--silent', 'build']];
  const config = join(workspace.path, 'tsconfig.build.json');
  if (!existsSync(config) || !existsSync(join(workspace.path, 'src', 'index.ts'))) return [];
  return [
    [
      process.execPath,
      toolPath('typescript-7', 'tsc'),
      '-p',
      config,
      '--checkers',
      '1',
      '--listEmittedFiles',
    ],
  ];
}

async function buildOne(workspace: Workspace, print: string, say: (line: string) => void): Promise<boolean> {
  const started = performance.now();
  const dist = join(workspace.path, 'dist');
  // A build that dies half-way must not look fresh the next time.
  await rm(join(dist, stampName), { force: true });
  for (const [command, ...args] of buildSteps(workspace)) {
    const { code, output } = await runTool(command, args, { cwd: workspace.path });
    if (code !== 0) {
      say(`  FAILED ${workspace.name} (${command === 'npm' ? 'npm run build' : 'tsc'})\n${output}`);
      return false;
    }
    if (command !== 'npm') await removeStaleFiles(dist, output);
  }
  await mkdir(dist, { recursive: true });
  await writeFile(join(dist, stampName), print);
  say(`  built ${workspace.name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return true;
}

function select(everything: readonly Workspace[], wanted: readonly string[]): readonly Workspace[] {
  if (wanted.length === 0) return everything;
  const byName = new Map(everything.flatMap((one) => [[one.name, one] as const, [one.folder, one] as const]));
  const chosen = new Set<Workspace>();
  const choose = (name: string): void => {
    const workspace = byName.get(name.replace(/\/$/, ''));
    if (!workspace) throw new Error(`There is no workspace ${name}.`);
    for (const dependency of workspace.dependsOn) choose(dependency);
    chosen.add(workspace);
  };
  for (const name of wanted) choose(name);
  return everything.filter((workspace) => chosen.has(workspace));
}

/** Lets a number of tasks run at a time, first come first served. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

if (process.argv[1] === join(repositoryRoot, 'scripts', 'build.ts')) {
  const started = performance.now();
  const { built, fresh, failed } = await build(process.argv.slice(2));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (failed.length > 0) {
    console.error(`Build failed for ${failed.join(', ')} (${seconds} s)`);
    process.exitCode = 1;
  } else console.log(`Built ${built.length}, fresh ${fresh.length} (${seconds} s)`);
}
