import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprints, isFresh, stampName } from './fingerprint.ts';
import { removeStaleFiles } from './stale-files.ts';
import { listWorkspaces } from './workspaces.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'castellan-build-'));
  await writeFile(join(root, 'package.json'), JSON.stringify({ name: 'top', workspaces: ['packages/*'] }));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function addPackage(name: string, ...dependencies: readonly string[]): Promise<string> {
  const folder = join(root, 'packages', name);
  await mkdir(join(folder, 'src'), { recursive: true });
  const manifest = { name, dependencies: Object.fromEntries(dependencies.map((one) => [one, '1.0.0'])) };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'src', 'index.ts'), `export const name = '${name}';\n`);
  return folder;
}

describe('workspaces', () => {
  it('come after those they depend on', async () => {
    await addPackage('almond', 'walnut');
    await addPackage('hazel');
    await addPackage('walnut', 'hazel', 'from-the-registry');
    expect(listWorkspaces(root).map(({ name }) => name)).toEqual(['hazel', 'walnut', 'almond']);
  });

  it('in a circle are named', async () => {
    await addPackage('almond', 'walnut');
    await addPackage('walnut', 'almond');
    expect(() => listWorkspaces(root)).toThrow('almond → walnut → almond');
  });
});

describe('freshness', () => {
  const printOf = (name: string): string => fingerprints(listWorkspaces(root)).get(name)!;

  it('ends when a source changes, here or in what is depended on, and not when a test or a date does', async () => {
    const hazel = await addPackage('hazel');
    const almond = await addPackage('almond', 'hazel');
    const before = printOf('almond');

    await writeFile(join(almond, 'src', 'index.test.ts'), 'a test');
    await writeFile(join(almond, 'src', 'index.ts'), "export const name = 'almond';\n");
    expect(printOf('almond')).toBe(before);

    await writeFile(join(hazel, 'src', 'index.ts'), 'export const name = 1;\n');
    const after = printOf('almond');
    expect(after).not.toBe(before);

    await writeFile(join(almond, 'src', 'new.ts'), '');
    expect(printOf('almond')).not.toBe(after);
  });

  it('needs the stamp of a finished build', async () => {
    const folder = await addPackage('hazel');
    const [workspace] = listWorkspaces(root);
    expect(await isFresh(workspace!, 'print')).toBe(false);
    await mkdir(join(folder, 'dist'));
    await writeFile(join(folder, 'dist', stampName), 'print');
    expect(await isFresh(workspace!, 'print')).toBe(true);
    expect(await isFresh(workspace!, 'another')).toBe(false);
  });
});

describe('files of an earlier build', () => {
  it('go when the compiler did not write them again; what is not its own stays', async () => {
    const files = ['kept.js', 'kept.d.ts', 'gone.js', 'gone.js.map', 'picture.png'];
    for (const file of files) await writeFile(join(root, file), '');
    await removeStaleFiles(root, `TSFILE: ${join(root, 'kept.js')}\nTSFILE: ${join(root, 'kept.d.ts')}\n`);
    const left = await Promise.all(
      files.map((file) =>
        access(join(root, file)).then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(left).toEqual([true, true, false, false, true]);
  });

  it('stay when the compiler wrote nothing', async () => {
    await writeFile(join(root, 'kept.js'), '');
    await removeStaleFiles(root, '');
    await access(join(root, 'kept.js'));
  });
});
