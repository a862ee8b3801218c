import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LockEntry, missingOptionals, systemOf } from '../complete-lockfile.ts';
import { listWorkspaces, readManifest, repositoryRoot } from '../workspaces.ts';
import { isText, listFiles, readText } from './tracked-files.ts';

const manifests = [
  { folder: '.', manifest: readManifest(repositoryRoot) },
  ...listWorkspaces().map(({ folder, manifest }) => ({ folder, manifest })),
];

interface LockedPackage extends LockEntry {
  readonly resolved?: string;
  readonly link?: boolean;
}

const lock = JSON.parse(readText('package-lock.json')) as { packages: Record<string, LockedPackage> };

describe('package.json', () => {
  it.each(manifests.map(({ folder, manifest }) => [folder, manifest] as const))(
    '%s pins every dependency to one version',
    (_, manifest) => {
      const wanted = {
        ...manifest.dependencies,
        ...manifest.devDependencies,
        ...manifest.optionalDependencies,
      };
      const loose = Object.entries(wanted).filter(
        ([, version]) => !/^(npm:[\w@/.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
      );
      expect(loose).toEqual([]);
    },
  );

  it.each(manifests.map(({ folder, manifest }) => [folder, manifest] as const))(
    '%s is under Apache-2.0',
    (_, manifest) => {
      expect(manifest.license).toBe('Apache-2.0');
    },
  );
});

describe('where packages come from', () => {
  it('the lockfile names no host: the registry is the choice of whoever installs', () => {
    const hosts = Object.entries(lock.packages).filter(([, entry]) => entry.resolved?.includes('://'));
    expect(hosts.map(([path]) => path)).toEqual([]);
  });

  it('the lockfile holds every optional package of every system, without which `npm ci` refuses (`npm run lock`)', () => {
    expect(missingOptionals(lock.packages)).toEqual([]);
  });

  it.each([
    ['@biomejs/cli-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
    ['@biomejs/cli-linux-arm64', { os: ['linux'], cpu: ['arm64'], libc: ['glibc'] }],
    ['@oxc-parser/binding-linux-arm-musleabihf', { os: ['linux'], cpu: ['arm'], libc: ['musl'] }],
    ['@tailwindcss/oxide-win32-x64-msvc', { os: ['win32'], cpu: ['x64'] }],
    ['@tailwindcss/oxide-wasm32-wasi', { cpu: ['wasm32'] }],
    ['left-pad', undefined],
  ])('a name tells its system: %s', (name, system) => {
    expect(systemOf(name)).toEqual(system);
  });

  it('no file names a registry', () => {
    const patterns = [
      /https?:\/\/[^\s/"']*(registry|npmjs|artifactory|nexus|verdaccio)[^\s/"']*/i,
      /^\s*registry\s*=/m,
    ];
    const own = process.env.npm_config_registry && new URL(process.env.npm_config_registry).host;
    const guilty = listFiles()
      .filter(isText)
      .filter((file) => {
        const text = readText(file);
        return patterns.some((pattern) => pattern.test(text)) || (own ? text.includes(own) : false);
      });
    expect(guilty).toEqual([]);
  });
});

describe('licences of what is shipped', () => {
  const permissive = new Set([
    'MIT',
    'MIT-0',
    'ISC',
    'Apache-2.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    '0BSD',
    'BlueOak-1.0.0',
    'CC0-1.0',
    'Unlicense',
    'PostgreSQL',
    'Zlib',
    // Fonts, which may be bundled with software of any licence.
    'OFL-1.1',
  ]);
  /** Weak copyleft in our tests only: never part of what is published or served. */
  const onlyInTests = new Set(['node_modules/axe-core']);

  const isPermissive = (licence: string): boolean => {
    const plain = licence.replaceAll(/[()]/g, '');
    if (plain.includes(' OR ')) return plain.split(' OR ').some(isPermissive);
    return plain.split(' AND ').every((one) => permissive.has(one.trim()));
  };

  it('are permissive', () => {
    const others = Object.entries(lock.packages)
      .filter(
        ([path, entry]) =>
          path.includes('node_modules/') && !entry.link && !entry.dev && !onlyInTests.has(path),
      )
      .map(([path, entry]) => [path, entry.license ?? installedLicence(path)] as const)
      .filter(([, licence]) => !isPermissive(licence));
    expect(others).toEqual([]);
  });
});

/** Older packages write an object, or nothing. */
function installedLicence(path: string): string {
  const file = join(repositoryRoot, path, 'package.json');
  if (!existsSync(file)) return 'unknown';
  const { license } = JSON.parse(readFileSync(file, 'utf8')) as { license?: string | { type: string } };
  return typeof license === 'string' ? license : (license?.type ?? 'unknown');
}
