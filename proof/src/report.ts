import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { KillProof } from './kill/run-kill-proof.ts';
import type { Scroll } from './scroll/run-scroll-proof.ts';

const resultsDirectory = fileURLToPath(new URL('../results/', import.meta.url));

type Facts = Readonly<Record<string, string>>;

/** Writes `results/kill.json` and `.md`. @returns whether everything held */
export async function writeKillProof(proof: KillProof): Promise<boolean> {
  const findings = [...proof.rounds.flatMap((round) => round.findings), ...proof.final];
  const holds = findings.every(({ complaints }) => complaints.length === 0);
  return write('kill', holds, { ...proof }, (facts) => toMarkdown(proof, holds, facts));
}

const longestAllowedMs = 50;

/** Writes `results/scroll.json` and `.md`. @returns whether no frame and no task was longer than 50 ms */
export async function writeScrollProof(scrolls: readonly Scroll[]): Promise<boolean> {
  const holds = scrolls.every(
    (scroll) => scroll.longestFrameMs <= longestAllowedMs && scroll.longestTaskMs <= longestAllowedMs,
  );
  return write('scroll', holds, { scrolls }, (facts) =>
    [
      '# Scrolling through 100,000 people in the console',
      '',
      `${holds ? 'It holds' : 'IT DOES NOT HOLD'}: ${holds ? 'no' : 'some'} frame took more than ${longestAllowedMs} ms. Chromium turns the wheel for fifteen seconds, and pages of the list are loaded on the way.`,
      '',
      '| width | frames | longest, ms | p99, ms | tasks over 50 ms | scrolled to, px |',
      '|---|---|---|---|---|---|',
      ...scrolls.map(
        (scroll) =>
          `| ${scroll.width} | ${scroll.frames} | ${scroll.longestFrameMs} | ${scroll.p99FrameMs} | ${scroll.longTasks} | ${scroll.reachedPixels} |`,
      ),
      '',
      ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
      '',
    ].join('\n'),
  );
}

async function write(
  name: string,
  holds: boolean,
  found: object,
  text: (facts: Facts) => string,
): Promise<boolean> {
  const facts = {
    date: new Date().toISOString(),
    commit: git('rev-parse', '--short', 'HEAD'),
    command: `npm run proof -- ${name}`,
    node: process.version,
    machine: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${type()} ${release()}`,
  };
  await mkdir(resultsDirectory, { recursive: true });
  await writeFile(
    `${resultsDirectory}${name}.json`,
    `${JSON.stringify({ ...facts, holds, ...found }, null, 2)}\n`,
  );
  await writeFile(`${resultsDirectory}${name}.md`, text(facts));
  return holds;
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

function toMarkdown(proof: KillProof, holds: boolean, facts: Facts): string {
  const { rounds, final, writers } = proof;
  const sum = (read: (round: KillProof['rounds'][number]) => number): number =>
    rounds.reduce((total, round) => total + read(round), 0);
  const complaintsOf = (check: string): number =>
    [...rounds.map(({ findings }) => findings), final]
      .flat()
      .filter((finding) => finding.check === check)
      .reduce((total, { complaints }) => total + complaints.length, 0);
  return [
    '# kill -9 of the whole house',
    '',
    `${holds ? 'It holds' : 'IT DOES NOT HOLD'}: ${rounds.length} rounds, ${writers} writers, ${sum(({ acknowledged }) => acknowledged)} acknowledged writes, ${sum(({ unanswered }) => unanswered)} without an answer.`,
    '',
    '| check, after each round and for all rounds at the end | complaints |',
    '|---|---|',
    ...final.map(({ check }) => `| ${check} | ${complaintsOf(check)} |`),
    '',
    '| round | sent | acknowledged | refused | unanswered | processes killed | ready again, ms | acknowledged by kind |',
    '|---|---|---|---|---|---|---|---|',
    ...rounds.map(
      (round) =>
        `| ${round.round} | ${round.sent} | ${round.acknowledged} | ${round.refused} | ${round.unanswered} | ${round.killedProcesses} | ${Math.round(round.readyAgainMs)} | ${Object.entries(
          round.byKind,
        )
          .map(([kind, count]) => `${kind} ${count}`)
          .join(', ')} |`,
    ),
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
  ].join('\n');
}
