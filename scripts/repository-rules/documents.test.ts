import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../packages/server/src/platform/config.ts';
import { repositoryRoot } from '../workspaces.ts';
import { listFiles, readText } from './tracked-files.ts';

const count = { P: 20, S: 11, A: 21, G: 18, B: 7 };
const ids = Object.entries(count).flatMap(([letter, last]) =>
  Array.from({ length: last }, (_, index) => `${letter}${index + 1}`),
);

const rows = readText('docs/features.md')
  .split('\n')
  .filter((line) => /^\| [A-Z]\d+ \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, id = '', state = '', what = '', where = '', test = '']) => ({ id, state, what, where, test }));

describe('docs/features.md', () => {
  it('has one line for each feature, in order, and no other', () => {
    expect(rows.map((row) => row.id)).toEqual(ids);
  });

  it.each(rows.map((row) => [row.id, row] as const))('%s has a state, and a test when it works', (_, row) => {
    expect(row.state).toMatch(/^(works|partly: .+|not yet)$/);
    expect(row.what.length).toBeGreaterThan(5);
    if (row.state !== 'works') return;
    const tests = [...row.test.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.filter((path) => !existsSync(join(repositoryRoot, path)))).toEqual([]);
  });
});

describe('docs/reference/settings.md', () => {
  it.each(Object.keys(settingsSchema.shape))('says what %s is', (setting) => {
    expect(readText('docs/reference/settings.md')).toContain(`\`${setting}\``);
  });
});

describe('docs/threat-model.md', () => {
  it('names tests that exist, or says "not yet"', () => {
    const named = [...readText('docs/threat-model.md').matchAll(/`([^`]+\.test\.tsx?)`/g)].map(
      (match) => match[1]!,
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(join(repositoryRoot, path)))).toEqual([]);
  });
});

describe('documents', () => {
  it('link to files that exist', () => {
    const broken = listFiles()
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        [...readText(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
          .map((match) => match[1]!)
          .filter((target) => !existsSync(join(repositoryRoot, dirname(file), target)))
          .map((target) => `${file} → ${target}`),
      );
    expect(broken).toEqual([]);
  });

  it('the README begins with the two commands', () => {
    const top = readText('README.md').split('\n').slice(0, 40).join('\n');
    expect(top).toContain('npm ci && npm start');
    expect(top).toContain('npm ci && npm test');
  });

  it('decisions are dated', () => {
    const decisions = listFiles().filter((file) => file.startsWith('docs/decisions/'));
    expect(decisions.filter((file) => !/\/\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md$/.test(file))).toEqual([]);
  });
});
