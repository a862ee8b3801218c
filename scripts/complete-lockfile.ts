/**
 * Adds to package-lock.json the builds of tools for other systems that a registry did not offer when the lockfile was
 * written: `node scripts/complete-lockfile.ts` after each `npm install`. Without them `npm ci` finds the lockfile out of
 * step with the packages and refuses, on every system. They carry no integrity, since their contents were never seen.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './workspaces.ts';

/** One package of the lockfile, as far as it matters here. */
export interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The packages of a lockfile by their place in node_modules. */
export type LockedPackages = Record<string, LockEntry>;

/** Optional dependencies that the lockfile names and does not hold: `[whose, name, version]`. */
export function missingOptionals(packages: LockedPackages): readonly (readonly [string, string, string])[] {
  return Object.entries(packages).flatMap(([place, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isReachable(packages, place, name))
      .map(([name, version]) => [place, name, version] as const),
  );
}

function isReachable(packages: LockedPackages, place: string, name: string): boolean {
  for (let base = place; ; base = base.slice(0, Math.max(base.lastIndexOf('/node_modules/'), 0))) {
    if (`${base}${base ? '/' : ''}node_modules/${name}` in packages) return true;
    if (base === '') return false;
  }
}

/**
 * Reads from the name of a package which system it is for, `@biomejs/cli-linux-x64-musl`.
 *
 * @returns what npm writes for it: `os`, `cpu`, and `libc` where it matters; undefined when the name does not say.
 */
export function systemOf(name: string): { cpu: string[]; os?: string[]; libc?: string[] } | undefined {
  const found =
    /-(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-(.+))?$/.exec(
      name,
    );
  if (!found) return /-wasm32-wasi$/.test(name) ? { cpu: ['wasm32'] } : undefined;
  const [, os = '', cpu = '', variant = ''] = found;
  const libc = os === 'linux' ? (/musl/.test(variant) ? 'musl' : 'glibc') : undefined;
  return { os: [os], cpu: [cpu], ...(libc ? { libc: [libc] } : {}) };
}

/** The same packages with an entry for each missing one whose system can be told. */
export function completed(packages: LockedPackages): LockedPackages {
  const added = missingOptionals(packages).flatMap(([place, name, version]) => {
    const system = systemOf(name);
    const { dev, license } = packages[place]!;
    // npm writes these keys in this order, so that its next run leaves the lines as they are.
    return system && /^\d/.test(version)
      ? [
          [
            `node_modules/${name}`,
            {
              version,
              cpu: system.cpu,
              ...(dev ? { dev } : {}),
              ...(system.libc ? { libc: system.libc } : {}),
              ...(license ? { license } : {}),
              optional: true,
              ...(system.os ? { os: system.os } : {}),
            },
          ] as const,
        ]
      : [];
  });
  const all = [...Object.entries(packages), ...added];
  return Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b, 'en')));
}

if (process.argv[1] === join(repositoryRoot, 'scripts', 'complete-lockfile.ts')) {
  const path = join(repositoryRoot, 'package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: LockedPackages };
  const before = Object.keys(lock.packages).length;
  lock.packages = completed(lock.packages);
  const added = Object.keys(lock.packages).length - before;
  if (added > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  const left = missingOptionals(lock.packages).map(([, name]) => name);
  console.log(
    `Added ${added} packages for other systems${left.length > 0 ? `; not told: ${left.join(', ')}` : ''}`,
  );
  if (left.length > 0) process.exitCode = 1;
}
