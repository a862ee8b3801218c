import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMariaDb } from '../packages/testkit/src/mariadb.ts';
import { ensureApache } from './apache.ts';
import { build } from './build.ts';
import { ensureChromium } from './chromium.ts';
import { findPostgres15 } from './postgres-15.ts';
import { runTool, toolPath } from './run-tool.ts';
import { sqlSuites } from './sql-suites.ts';
import type { Stage, StageContext, StageOutcome } from './stage.ts';
import { readReport } from './vitest-report.ts';
import { listWorkspaces, repositoryRoot } from './workspaces.ts';

const passedOnce: StageOutcome = { passed: 1, failed: 0 };
const failedOnce = (note: string): StageOutcome => ({ passed: 0, failed: 1, note });

type Command = readonly [packageName: string, command: string, ...args: string[]];

/** A stage that runs development tools, all at a time, and passes when each of them does. Quiet while all is well. */
function gate(name: string, purpose: string, commands: readonly Command[]): Stage {
  return {
    name,
    purpose,
    isGate: true,
    async run() {
      const results = await Promise.all(
        commands.map(([packageName, command, ...args]) =>
          runTool(process.execPath, [toolPath(packageName, command), ...args]),
        ),
      );
      const failures = results.filter((result) => result.code !== 0);
      for (const failure of failures) console.log(failure.output.trimEnd());
      return failures.length === 0 ? passedOnce : failedOnce(`${name} has something to say, see above`);
    },
  };
}

const runtime: Stage = {
  name: 'runtime',
  purpose: 'the Node that the repository pins',
  async run() {
    const major = Number(process.versions.node.split('.')[0]);
    console.log(`Node ${process.versions.node} on ${process.platform}-${process.arch}`);
    // On Linux npm installs the pinned one; elsewhere any that runs TypeScript will do (require-node.js has checked).
    const isPinned = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');
    return isPinned && major !== 24
      ? failedOnce(
          'npm scripts should run on Node 24 from node_modules: was `npm ci` run without optional packages?',
        )
      : passedOnce;
  },
};

const building: Stage = {
  name: 'build',
  purpose: 'every package compiles to what people install',
  async run() {
    const { failed } = await build();
    return failed.length === 0 ? passedOnce : failedOnce(`failed: ${failed.join(', ')}`);
  },
};

const packaging: Stage = {
  name: 'packages',
  purpose: 'what would be published is complete and resolvable (publint)',
  async run({ failedStages }) {
    if (failedStages.has('build')) return failedOnce('not checked, because the build failed');
    const publicOnes = listWorkspaces().filter((workspace) => !workspace.manifest.private);
    const results = await Promise.all(
      publicOnes.map((workspace) =>
        runTool(process.execPath, [toolPath('publint', 'publint'), 'run', workspace.path, '--strict']),
      ),
    );
    for (const result of results) if (result.code !== 0) console.log(result.output.trimEnd());
    return results.every((result) => result.code === 0) ? passedOnce : failedOnce('publint, see above');
  },
};

const compileCache = join(repositoryRoot, 'node_modules/.cache/castellan-compile');

async function runVitest(
  config: string,
  context: StageContext,
  env: Readonly<Record<string, string>> = {},
): Promise<StageOutcome> {
  const report = join(tmpdir(), `castellan-vitest-${process.pid}-${Date.now()}.json`);
  const { code } = await runTool(
    process.execPath,
    [
      toolPath('vitest', 'vitest'),
      'run',
      '--config',
      config,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      '--passWithNoTests',
      ...context.paths,
    ],
    // What one process has compiled, the next takes as it is: suites run in many, and start more.
    { live: true, env: { NODE_COMPILE_CACHE: compileCache, ...env } },
  );
  return readReport(report, {
    exitCode: code,
    mayBeEmpty: context.paths.length > 0,
    skippedIsFailure: context.isContinuousIntegration,
  });
}

const suites: Stage = {
  name: 'tests',
  purpose: 'unit and integration tests on a real database',
  run: (context) => runVitest('vitest.config.ts', context),
};

const oldestDatabase: Stage = {
  name: 'postgresql-15',
  purpose: 'the suites of SQL on the oldest PostgreSQL that is supported',
  async run(context) {
    if (context.paths.length > 0) return { passed: 0, failed: 0 };
    const { url, reason } = await findPostgres15();
    if (url !== undefined)
      return runVitest(
        'vitest.config.ts',
        { ...context, paths: sqlSuites },
        { CASTELLAN_TEST_DATABASE_URL: url, CASTELLAN_TEST_DIALECT: 'postgresql' },
      );
    console.log(`\n!!! SKIPPED: nothing was tested on PostgreSQL 15. ${reason}\n`);
    return context.isContinuousIntegration
      ? failedOnce(`no PostgreSQL 15: ${reason}`)
      : { passed: 0, failed: 0, note: `SKIPPED, not tested: ${reason}` };
  },
};

const browserSuites: Stage = {
  name: 'browser',
  purpose: 'pages in a real Chromium',
  async run(context) {
    if (context.paths.length > 0 && !hasTests('.browser.test.ts', context.paths))
      return { passed: 0, failed: 0 };
    const found = await ensureChromium();
    if (found.path !== null)
      return runVitest('vitest.browser.config.ts', context, { CHROMIUM_PATH: found.path });
    console.log(`\n!!! SKIPPED: the browser suites did not run. ${found.reason}\n`);
    return context.isContinuousIntegration
      ? failedOnce(`no browser: ${found.reason}`)
      : { passed: 0, failed: 0, note: `SKIPPED, not tested: ${found.reason}` };
  },
};

const apacheSuites: Stage = {
  name: 'apache',
  purpose: 'Debian’s Apache with mod_auth_openidc as a client',
  async run(context) {
    if (context.paths.length > 0 && !hasTests('.apache.test.ts', context.paths))
      return { passed: 0, failed: 0 };
    const missing = await ensureApache();
    if (missing === undefined) return runVitest('vitest.apache.config.ts', context);
    console.log(`\n!!! SKIPPED: nothing was tried with Apache. ${missing}\n`);
    return context.isContinuousIntegration
      ? failedOnce(`no Apache: ${missing}`)
      : { passed: 0, failed: 0, note: `SKIPPED, not tested: ${missing}` };
  },
};

function hasTests(ending: string, paths: readonly string[]): boolean {
  return ['packages', 'apps', 'examples'].some((folder) =>
    readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' }).some(
      (file) =>
        file.endsWith(ending) &&
        !file.includes('node_modules') &&
        paths.some((path) => `${folder}/${file}`.includes(path)),
    ),
  );
}

const mariaDbSuites: Stage = {
  name: 'mariadb',
  purpose: 'the suites that administer a product on MariaDB',
  async run(context) {
    if (context.paths.length > 0 && !hasTests('.mariadb.test.ts', context.paths))
      return { passed: 0, failed: 0 };
    const { url, reason } = await findMariaDb();
    if (url !== undefined) return runVitest('vitest.mariadb.config.ts', context);
    console.log(`\n!!! SKIPPED: nothing was tested on MariaDB. ${reason}\n`);
    return context.isContinuousIntegration
      ? failedOnce(`no MariaDB: ${reason}`)
      : { passed: 0, failed: 0, note: `SKIPPED, not tested: ${reason}` };
  },
};

/** Several work out the types of the same libraries each for itself: four took three times the work of one. */
const oneChecker = ['--checkers', '1'];

/** The stages of `npm test`, in order: cheap refusals first. */
export const stages: readonly Stage[] = [
  runtime,
  gate('lint', 'Biome: format and rules', [['@biomejs/biome', 'biome', 'check', '--error-on-warnings', '.']]),
  gate('types', 'strict TypeScript for servers and for the web', [
    ['typescript-7', 'tsc', '-p', 'tsconfig.json', ...oneChecker],
    ['typescript-7', 'tsc', '-p', 'tsconfig.web.json', ...oneChecker],
  ]),
  gate('architecture', 'the arrows of ARCHITECTURE.md, layers, no cycles', [
    [
      'dependency-cruiser',
      'depcruise',
      '--config',
      '.dependency-cruiser.mjs',
      'packages',
      'apps',
      'examples',
      'bench',
      'proof',
      'scripts',
    ],
  ]),
  gate('unused', 'no unused file, export or dependency (knip)', [['knip', 'knip', '--no-progress']]),
  building,
  packaging,
  suites,
  oldestDatabase,
  browserSuites,
  apacheSuites,
  mariaDbSuites,
];
