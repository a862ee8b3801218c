import { allRoutes, errorCatalogue, errorCodes, type RouteDefinition } from '@castellan/contract';
import { describe, expect, it } from 'vitest';
import { readText } from './tracked-files.ts';

const sections = new Map(
  readText('docs/reference/errors.md')
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...body] = section.split('\n');
      return [heading.trim(), body.join('\n').trim()] as const;
    }),
);

describe('docs/reference/errors.md', () => {
  it.each(errorCodes)('explains %s: when it happens and what to do', (code) => {
    const section = sections.get(code) ?? '';
    expect(section.startsWith(`**${errorCatalogue[code].status}.**`)).toBe(true);
    expect(section.length).toBeGreaterThan(80);
  });

  it('explains no code that does not exist', () => {
    expect([...sections.keys()].filter((code) => !(code in errorCatalogue))).toEqual([]);
  });
});

describe('every route of the contract', () => {
  const routes: readonly RouteDefinition[] = allRoutes;

  it.each(routes.map((route) => [route.id, route] as const))(
    '%s has a permission and a summary',
    (_, route) => {
      expect(route.permission).toBeTruthy();
      expect(route.summary.length).toBeGreaterThan(2);
      expect(route.summary).not.toMatch(/\.$/);
    },
  );
});
