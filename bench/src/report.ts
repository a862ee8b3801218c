import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { House } from './house.ts';
import type { Figures } from './measure.ts';

/** One goal, and what was measured. */
export interface Goal {
  readonly name: string;
  readonly measured: number;
  readonly unit: string;
  readonly atLeast?: number;
  readonly below?: number;
}

/** What a workload found. */
export interface WorkloadResult {
  readonly title: string;
  /** What is compared with what, in a sentence or two. */
  readonly method: string;
  readonly goals: readonly Goal[];
  readonly figures: readonly Figures[];
  /** Further numbers by name. */
  readonly facts?: Readonly<Record<string, number | string | null>>;
}

const resultsDirectory = fileURLToPath(new URL('../results/', import.meta.url));

/** Whether a goal was reached. */
export function isMet(goal: Goal): boolean {
  return goal.atLeast === undefined ? goal.measured <= goal.below! : goal.measured >= goal.atLeast;
}

/** Writes `results/<name>.json` and `.md`. */
export async function writeResult(workload: string, result: WorkloadResult, house: House): Promise<string> {
  const name = workload + house.resultSuffix;
  const facts = {
    date: new Date().toISOString(),
    commit: git('rev-parse', '--short', 'HEAD'),
    command: `${house.resultSuffix && 'BENCH_DATABASE_URL=… '}npm run bench -- ${workload}`,
    node: process.version,
    postgresql: house.databaseVersion,
    machine: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${type()} ${release()}`,
    placement: house.placement.text,
  };
  const text = toMarkdown(result, facts);
  await mkdir(resultsDirectory, { recursive: true });
  await writeFile(
    `${resultsDirectory}${name}.json`,
    `${JSON.stringify({ ...facts, ...result }, rounded, 2)}\n`,
  );
  await writeFile(`${resultsDirectory}${name}.md`, text);
  return text;
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}

const short = (value: number | null): string =>
  value === null
    ? ''
    : value >= 100
      ? Math.round(value).toLocaleString('en')
      : String(Number(value.toPrecision(3)));

function toMarkdown(result: WorkloadResult, facts: Readonly<Record<string, string>>): string {
  const goals = result.goals.map((goal) => {
    const bound = goal.atLeast === undefined ? `≤ ${short(goal.below!)}` : `≥ ${short(goal.atLeast)}`;
    return `| ${goal.name} | ${bound} ${goal.unit} | ${short(goal.measured)} ${goal.unit} | ${isMet(goal) ? 'met' : 'MISSED'} |`;
  });
  const figures = result.figures.map(
    (row) =>
      `| ${row.variant} | ${row.load} | ${short(row.perSecond)} | ${short(row.p50Ms)} | ${short(row.p99Ms)} | ${short(row.serverMicroseconds)} | ${short(row.databaseMicroseconds)} | ${short(row.serverCores)} | ${short(row.foreignCores)} | ${short(row.errorShare * 100)} % |`,
  );
  const more = Object.entries(result.facts ?? {}).map(
    ([name, value]) => `| ${name} | ${typeof value === 'number' ? short(value) : (value ?? 'not known')} |`,
  );
  return [
    `# ${result.title}`,
    '',
    result.method,
    '',
    '| goal | wanted | measured | |',
    '|---|---|---|---|',
    ...goals,
    '',
    ...(figures.length === 0
      ? []
      : [
          '| variant | load | answers/s | p50 ms | p99 ms | server CPU µs | database CPU µs | server cores | foreign cores | errors |',
          '|---|---|---|---|---|---|---|---|---|---|',
          ...figures,
          '',
        ]),
    ...(more.length === 0 ? [] : ['| what | measured |', '|---|---|', ...more, '']),
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
  ].join('\n');
}
