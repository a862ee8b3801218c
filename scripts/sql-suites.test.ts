import { describe, expect, it } from 'vitest';
import { listFiles } from './repository-rules/tracked-files.ts';
import { sqlSuites } from './sql-suites.ts';

const tests = listFiles().filter(
  (file) =>
    /^packages\/(?:server\/src|admin\/test\/query)\//.test(file) && /(?<!\.browser)\.test\.ts$/.test(file),
);
const runs = (file: string): boolean => sqlSuites.some((path) => file.startsWith(path));

describe('the suites on the oldest PostgreSQL', () => {
  it('are all there', () => {
    expect(sqlSuites.filter((path) => !tests.some((file) => file.startsWith(path)))).toEqual([]);
  });

  it('have one of each domain at least', () => {
    const domainOf = (file: string) => /\/domains\/([^/]+)\//.exec(file)?.[1];
    const covered = new Set(tests.filter(runs).map(domainOf));
    expect([...new Set(tests.map(domainOf))].filter((domain) => !covered.has(domain))).toEqual([]);
  });

  it('have every race', () => {
    expect(tests.filter((file) => /race/.test(file) && !runs(file))).toEqual([]);
  });
});
