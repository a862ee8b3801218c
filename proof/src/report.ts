import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { KillProof } from './kill/run-kill-proof.ts';

const resultsDirectory = fileURLToPath(new URL('../results/', import.meta.url));

/** Writes `results/kill.json` and `.md`. @returns whether everything held */
export async function writeKillProof(proof: KillProof): Promise<boolean> {
  const findings = [...proof.rounds.flatMap((round) => round.findings), ...proof.final];
  const holds = findings.every(({ complaints }) => complaints.length === 0);
  const facts = {
    date: new Date().toISOString(),
    commit: git('rev-parse', '--short', 'HEAD'),
    command: 'npm run proof -- kill',
    node: process.version,
    machine: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${type()} ${release()}`,
  };
  await mkdir(resultsDirectory, { recursive: true });
  await writeFile(
    `${resultsDirectory}kill.json`,
    `${JSON.stringify({ ...facts, holds, ...proof }, null, 2)}\n`,
  );
  await writeFile(`${resultsDirectory}kill.md`, toMarkdown(proof, holds, facts));
  return holds;
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

function toMarkdown(proof: KillProof, holds: boolean, facts: Readonly<Record<string, string>>): string {
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
