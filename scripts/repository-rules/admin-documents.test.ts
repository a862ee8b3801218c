import { adminErrorCatalogue, adminErrorCodes } from '@castellan/contract';
import { describe, expect, it } from 'vitest';
import { criteria } from '../../packages/admin/src/contract/index.ts';
import { adminErrors } from '../../packages/admin/src/errors.ts';
import { setupErrors } from '../../packages/admin/src/models/setup-error.ts';
import { intentErrors } from '../../packages/intents/src/core/errors.ts';
import { listFiles, readText } from './tracked-files.ts';

/** Sections of a document by their heading of this level. */
function sectionsOf(path: string, level: string): ReadonlyMap<string, string> {
  return new Map(
    readText(path)
      .split(new RegExp(`^${level} `, 'm'))
      .slice(1)
      .map((section) => {
        const [heading = '', ...body] = section.split('\n');
        return [heading.trim(), body.join('\n').split(/^#+ /m)[0]!.trim()] as const;
      }),
  );
}

describe('docs/reference/contract.md', () => {
  const sections = sectionsOf('docs/reference/contract.md', '###');

  it('lists every criterion, in the order in which they are judged, and no other', () => {
    expect([...sections.keys()].toSorted()).toEqual(criteria.map(({ name }) => name).toSorted());
    expect(readText('docs/reference/contract.md')).toContain(`as ${criteria.length} criteria`);
  });

  it.each(criteria.map((one) => [one.name, one] as const))(
    'says what %s proves, how to mend it, and whether it writes',
    (name, { proves, mend, needsWrites }) => {
      const section = sections.get(name) ?? '';
      expect(section).toContain(proves);
      expect(section).toContain(`**Mend it:** ${mend}`);
      expect(section.includes('*writes*')).toBe(needsWrites);
    },
  );
});

describe('docs/reference/admin-errors.md', () => {
  const sections = sectionsOf('docs/reference/admin-errors.md', '##');
  const answered = { ...intentErrors, ...adminErrors };
  /** Codes that the library throws by name. */
  const thrown = listFiles()
    .filter((file) => /^packages\/(admin|intents)\/src\/.*\.ts$/.test(file) && !file.endsWith('.test.ts'))
    .flatMap((file) =>
      [...readText(file).matchAll(/(?:new IntentError|adminError|new AdminSetupError)\(\s*'([A-Z_]+)'/g)].map(
        (match) => match[1]!,
      ),
    );
  const codes = [...new Set([...Object.keys(answered), ...Object.keys(setupErrors), ...thrown])].toSorted();

  it.each(codes)('explains %s: when it happens and what to do', (code) => {
    const section = sections.get(code) ?? '';
    expect(section.length).toBeGreaterThan(80);
    expect(section).toContain('**Fix:**');
  });

  it.each(Object.entries(answered))('gives the status of %s', (code, { status }) => {
    expect(sections.get(code)?.startsWith(`**${status}.**`)).toBe(true);
  });

  it.each(adminErrorCodes)('says of %s what its page says', (code) => {
    const { status, meaning, fix } = adminErrorCatalogue[code];
    const [first = '', ...rest] = fix;
    const wanted = `${status === null ? '' : `**${status}.** `}${meaning} **Fix:** ${first.toLowerCase()}${rest.join('')}`;
    expect((sections.get(code) ?? '').replaceAll(/\s+/g, ' ')).toBe(wanted);
  });

  it('has a page for every code', () => {
    expect(adminErrorCodes.toSorted()).toEqual(codes);
  });

  it('explains no code that does not exist', () => {
    expect([...sections.keys()].filter((code) => !codes.includes(code))).toEqual([]);
  });
});
