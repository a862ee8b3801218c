import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listWorkspaces, repositoryRoot } from '../workspaces.ts';
import { undocumentedExports } from './docstrings.ts';
import { isText, listFiles, readText } from './tracked-files.ts';

const files = listFiles();
const code = files.filter((file) => /\.(ts|tsx|js|mjs|css|sql)$/.test(file));

describe('names', () => {
  it('nothing is called utils, helpers, shared, common or misc: a thing lives with the idea that it belongs to', () => {
    const junkDrawer = /^(utils?|helpers?|shared|common|misc)(\.|$)/;
    expect(files.filter((file) => file.split('/').some((part) => junkDrawer.test(part)))).toEqual([]);
  });

  it('files of code are in kebab-case', () => {
    expect(code.filter((file) => !/^\.?[a-z0-9]+([-.][a-z0-9]+)*$/.test(basename(file)))).toEqual([]);
  });
});

describe('files', () => {
  it('have at most 400 lines, or say in their first ten why they are one idea ("Long because …")', () => {
    const long = code.filter((file) => {
      const lines = readText(file).split('\n');
      return lines.length > 401 && !/long because/i.test(lines.slice(0, 10).join('\n'));
    });
    expect(long).toEqual([]);
  });

  it('name no place of the machine that they were written on', () => {
    const folders = ['home', 'Users'].map((parent) => `/${parent}/[a-z]`);
    const patterns = [new RegExp(`(^|[\\s"'\`(=])(${folders.join('|')})`, 'm')];
    // A checkout at the top of the file system has a path that may well be a word of the text.
    const ownPath = dirname(dirname(repositoryRoot)) === dirname(repositoryRoot) ? undefined : repositoryRoot;
    const guilty = files.filter(isText).filter((file) => {
      const text = readText(file);
      return (
        patterns.some((pattern) => pattern.test(text)) || (ownPath !== undefined && text.includes(ownPath))
      );
    });
    expect(guilty).toEqual([]);
  });
});

describe('exports', () => {
  const entries = listWorkspaces()
    .filter((workspace) => workspace.folder.startsWith('packages/'))
    .flatMap((workspace) => sourceEntries(workspace.path));

  it('of every package entry have a docstring', () => {
    expect(undocumentedExports(entries)).toEqual([]);
  }, 120_000);
});

/** The source files behind the entries of a package.json. */
function sourceEntries(folder: string): string[] {
  const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports?: Record<string, string | { 'castellan-source'?: string }>;
  };
  return Object.values(exports)
    .map((entry) => (typeof entry === 'string' ? entry : entry['castellan-source']))
    .filter((entry) => entry !== undefined && /\.tsx?$/.test(entry) && !entry.includes('*'))
    .map((entry) => join(folder, entry!))
    .filter((entry) => existsSync(entry));
}
