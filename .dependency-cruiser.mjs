/**
 * The arrows of ARCHITECTURE.md as rules. Whatever no rule allows is a failure of `npm test`.
 * `from` and `to` are regular expressions on paths relative to the repository; tests may reach further than product code.
 */

const tests = ['\\.(test|browser\\.test)\\.tsx?$', '^(packages|apps|examples)/[^/]+/test/'];

/** What each part may import of this repository, beside itself. */
const arrows = {
  'packages/contract': [],
  'packages/server': ['packages/contract', 'packages/intents', 'packages/admin'],
  'packages/sdk': ['packages/contract'],
  'packages/intents': ['packages/contract'],
  'packages/admin': ['packages/contract', 'packages/sdk', 'packages/intents'],
  'packages/ui': ['packages/contract'],
  'packages/react': ['packages/contract', 'packages/ui'],
  'packages/cli': ['packages/contract', 'packages/sdk', 'packages/admin'],
  'packages/testkit': ['packages/contract', 'packages/server'],
  'apps/console': ['packages/contract', 'packages/ui', 'packages/react'],
  'apps/account': ['packages/contract', 'packages/ui', 'packages/react'],
  'examples/[^/]+': [
    'packages/contract',
    'packages/sdk',
    'packages/intents',
    'packages/admin',
    'packages/ui',
  ],
  bench: ['packages/[^/]+', 'examples/[^/]+'],
  proof: ['packages/[^/]+', 'examples/[^/]+'],
};

/** Packages of the registry that a part may import; parts that are not named may import what their package.json lists. */
const onlyPackages = {
  'packages/contract/src': ['zod'],
  'packages/sdk/src/core': ['jose', 'zod'],
};

const arrowRules = Object.entries(arrows).map(([part, allowed]) => ({
  name: `arrow-${part.replaceAll(/[^a-z]+/g, '-')}`,
  comment: `${part} may import ${allowed.length > 0 ? allowed.join(', ') : 'nothing of this repository'} (ARCHITECTURE.md).`,
  severity: 'error',
  from: { path: `^(${part})/`, pathNot: tests },
  to: {
    path: '^(packages|apps|examples|bench|proof|scripts)/',
    pathNot: ['^$1/', ...allowed.map((other) => `^${other}/`)],
  },
}));

const packageRules = Object.entries(onlyPackages).flatMap(([part, allowed]) => [
  {
    name: `web-standards-only-${part.replaceAll(/[^a-z]+/g, '-')}`,
    comment: `${part} runs wherever JavaScript runs: no Node built-ins.`,
    severity: 'error',
    from: { path: `^${part}/`, pathNot: tests },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: `few-packages-${part.replaceAll(/[^a-z]+/g, '-')}`,
    comment: `${part} imports only ${allowed.join(', ')} and @castellan packages.`,
    severity: 'error',
    from: { path: `^${part}/`, pathNot: tests },
    to: {
      path: 'node_modules/',
      pathNot: [`node_modules/(${allowed.join('|')})/`, 'node_modules/@castellan/'],
    },
  },
]);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...arrowRules,
    ...packageRules,
    {
      name: 'arrow-unknown-part',
      comment: 'A new package, app or example says in this file what it may import.',
      severity: 'error',
      from: { path: '^(packages|apps|examples)/', pathNot: Object.keys(arrows).map((part) => `^${part}/`) },
      to: { path: '.' },
    },
    {
      name: 'no-cycles',
      comment: 'Files that import each other in a circle can only be understood together.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['^virtual:'] },
    },
    {
      name: 'no-undeclared-package',
      comment: 'A package that is imported is listed in the package.json of the part that imports it.',
      severity: 'error',
      from: { path: '^(packages|apps|examples|bench|proof)/', pathNot: tests },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-test-package-in-product',
      comment: 'What people install holds no development dependency.',
      severity: 'error',
      from: {
        path: '^packages/(contract|server|sdk|intents|admin|react|cli)/src/',
        pathNot: tests,
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm-peer'] },
    },
    {
      name: 'no-testkit-in-product',
      severity: 'error',
      from: { path: '^(packages|apps|examples)/', pathNot: [...tests, '^packages/testkit/'] },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'no-test-imported',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: tests },
    },
    {
      name: 'public-entries-only',
      comment: 'One package reaches another through the entries that its package.json exports.',
      severity: 'error',
      from: { path: '^((packages|apps|examples)/[^/]+|bench|proof)/' },
      to: { path: '^(packages|apps|examples)/[^/]+/', dependencyTypes: ['local'], pathNot: '^$1/' },
    },
    {
      name: 'repository-of-own-domain',
      comment: "A domain reads another domain's rows through that domain's service.",
      severity: 'error',
      from: { path: '^packages/server/src/domains/([^/]+)/', pathNot: tests },
      to: {
        path: '^packages/server/src/domains/.*repository\\.ts$',
        pathNot: '^packages/server/src/domains/$1/',
      },
    },
    {
      name: 'repository-knows-no-http',
      comment: 'A repository takes a transaction; it knows neither listeners nor routes nor services.',
      severity: 'error',
      from: { path: '^packages/server/src/domains/.*repository\\.ts$' },
      to: {
        path: [
          'node_modules/fastify',
          '^packages/server/src/platform/http/',
          '^packages/server/src/domains/.*(routes|service)\\.ts$',
        ],
      },
    },
    {
      name: 'service-knows-no-http',
      comment: 'A service answers with values and domain errors; routes turn them into HTTP.',
      severity: 'error',
      from: { path: '^packages/server/src/domains/.*service\\.ts$' },
      to: {
        path: [
          'node_modules/(@fastify/|fastify)',
          '^packages/server/src/platform/http/',
          '^packages/server/src/domains/.*routes\\.ts$',
        ],
      },
    },
    {
      name: 'platform-below-domains',
      comment: 'What every domain stands on knows no domain.',
      severity: 'error',
      from: { path: '^packages/server/src/platform/', pathNot: tests },
      to: { path: ['^packages/server/src/domains/', '^packages/server/src/(app|main)\\.ts$'] },
    },
    {
      name: 'one-composition-root',
      comment: 'Only the command and tests start the platform.',
      severity: 'error',
      from: { path: '^packages/server/src/domains/', pathNot: tests },
      to: { path: '^packages/server/src/(app|main)\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.base.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['castellan-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
    builtInModules: { add: [] },
  },
};
