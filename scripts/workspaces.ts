import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the repository. */
export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** What this repository's scripts read of a package.json. */
export interface PackageManifest {
  readonly name: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly license?: string;
}

/** One package, app or example of the repository. */
export interface Workspace {
  readonly name: string;
  /** Relative to the repository, `packages/sdk`. */
  readonly folder: string;
  readonly path: string;
  readonly manifest: PackageManifest;
  /** Names of the workspaces that its product depends on; those of its tests may depend on it in turn. */
  readonly dependsOn: readonly string[];
}

/** Reads one package.json. */
export function readManifest(folder: string): PackageManifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageManifest;
}

/** All workspaces, each after those it depends on. */
export function listWorkspaces(root: string = repositoryRoot): readonly Workspace[] {
  const folders = (readManifest(root).workspaces ?? []).flatMap((pattern) =>
    pattern.endsWith('/*') ? childFolders(root, pattern.slice(0, -2)) : [pattern],
  );
  const manifests = folders.map((folder) => ({ folder, manifest: readManifest(join(root, folder)) }));
  const names = new Set(manifests.map(({ manifest }) => manifest.name));
  const workspaces = manifests.map(({ folder, manifest }) => ({
    name: manifest.name,
    folder,
    path: join(root, folder),
    manifest,
    dependsOn: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((name) =>
      names.has(name),
    ),
  }));
  return inDependencyOrder(workspaces);
}

function childFolders(root: string, parent: string): string[] {
  let entries: ReturnType<typeof readEntries>;
  try {
    entries = readEntries(join(root, parent));
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isDirectory() && hasManifest(join(root, parent, entry.name)))
    .map((entry) => `${parent}/${entry.name}`)
    .sort();
}

const readEntries = (folder: string) => readdirSync(folder, { withFileTypes: true });

const hasManifest = (folder: string): boolean => readdirSync(folder).includes('package.json');

function inDependencyOrder(workspaces: readonly Workspace[]): readonly Workspace[] {
  const byName = new Map(workspaces.map((workspace) => [workspace.name, workspace]));
  const ordered = new Set<Workspace>();
  const visit = (workspace: Workspace, path: readonly string[]): void => {
    if (ordered.has(workspace)) return;
    if (path.includes(workspace.name))
      throw new Error(
        `Workspaces depend on each other in a circle: ${[...path, workspace.name].join(' → ')}`,
      );
    for (const name of workspace.dependsOn) visit(byName.get(name)!, [...path, workspace.name]);
    ordered.add(workspace);
  };
  for (const workspace of workspaces) visit(workspace, []);
  return [...ordered];
}
