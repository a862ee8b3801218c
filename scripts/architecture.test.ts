import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repositoryRoot } from './workspaces.ts';

/** A small repository that breaks each rule once: what file, what it imports, which rule must say so. */
const breaches: readonly (readonly [file: string, imports: string, rule: string])[] = [
  ['packages/contract/src/a.ts', '../../sdk/src/index.ts', 'arrow-packages-contract'],
  ['packages/sdk/src/b.ts', '../../server/src/index.ts', 'arrow-packages-sdk'],
  ['apps/console/src/c.ts', '../../../packages/server/src/index.ts', 'arrow-apps-console'],
  ['packages/stranger/src/d.ts', '../../contract/src/index.ts', 'arrow-unknown-part'],
  ['packages/contract/src/e.ts', 'node:fs', 'web-standards-only-packages-contract-src'],
  ['packages/sdk/src/core/f.ts', 'node:crypto', 'web-standards-only-packages-sdk-src-core'],
  ['packages/sdk/src/core/g.ts', 'pino', 'few-packages-packages-sdk-src-core'],
  ['packages/server/src/domains/people/service.ts', '../houses/repository.ts', 'repository-of-own-domain'],
  ['packages/server/src/domains/houses/service.ts', './routes.ts', 'service-knows-no-http'],
  [
    'packages/server/src/domains/keys/key-repository.ts',
    '../../platform/http/index.ts',
    'repository-knows-no-http',
  ],
  ['packages/server/src/platform/h.ts', '../domains/houses/routes.ts', 'platform-below-domains'],
  ['packages/server/src/domains/people/i.ts', '../../app.ts', 'one-composition-root'],
  ['packages/server/src/j.ts', '../../testkit/src/index.ts', 'no-testkit-in-product'],
  ['packages/server/src/k.ts', './k.test.ts', 'no-test-imported'],
  ['packages/server/src/l.ts', '../../contract/src/index.ts', 'public-entries-only'],
  ['packages/server/src/m.ts', './not-there.ts', 'no-unresolved'],
  ['packages/server/src/n.ts', './o.ts', 'no-cycles'],
  ['packages/server/src/p.ts', 'stowaway', 'no-undeclared-package'],
  ['packages/server/src/q.ts', 'scaffold', 'no-test-package-in-product'],
];

const targets = [
  'packages/contract/src/index.ts',
  'packages/sdk/src/index.ts',
  'packages/server/src/index.ts',
  'packages/server/src/app.ts',
  'packages/server/src/k.test.ts',
  'packages/server/src/platform/http/index.ts',
  'packages/server/src/domains/houses/repository.ts',
  'packages/server/src/domains/houses/routes.ts',
  'packages/testkit/src/index.ts',
];

/** Packages of the small repository: one it depends on, one it does not name, one for development. */
const packages = ['pino', 'stowaway', 'scaffold'];

let folder: string;
let violations: readonly { from: string; rule: { name: string } }[];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'castellan-arrows-')));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  };
  for (const file of targets) await write(file, 'export const value = 1;\n');
  for (const [file, imports] of breaches)
    await write(file, `import * as other from '${imports}';\nexport const value = other;\n`);
  // The other half of the circle.
  await write('packages/server/src/o.ts', "export * as other from './n.ts';\n");
  const manifest = { dependencies: { pino: '1.0.0' }, devDependencies: { scaffold: '1.0.0' } };
  await write('package.json', JSON.stringify(manifest));
  for (const name of packages) {
    await write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
    await write(`node_modules/${name}/index.js`, 'export const value = 1;\n');
  }
  const { default: rules } = (await import(
    pathToFileURL(join(repositoryRoot, '.dependency-cruiser.mjs')).href
  )) as {
    default: Required<Pick<IConfiguration, 'forbidden' | 'options'>>;
  };
  const { tsConfig: _, ...options } = rules.options;
  const { output } = await cruise(['packages', 'apps'], {
    ...options,
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden: rules.forbidden },
  });
  violations = (output as ICruiseResult).summary.violations;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(breaches)('%s may not import %s: %s', (file, _, rule) => {
  expect(violations.filter((found) => found.from === file).map((found) => found.rule.name)).toContain(rule);
});
