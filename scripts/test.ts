/**
 * `npm test`: everything that decides whether a change is good, in order. `npm test -- lint types` runs named stages,
 * `npm test -- packages/sdk` the tests below a path. The last line is always `N passed, N failed`.
 */
import type { Stage, StageOutcome } from './stage.ts';
import { stages } from './stages.ts';

const rule = '─'.repeat(72);

async function main(asked: readonly string[]): Promise<boolean> {
  const names = new Set(stages.map((stage) => stage.name));
  const paths = asked.filter((word) => !names.has(word));
  const chosen = asked.length === 0 ? stages : stages.filter((stage) => isAsked(stage, asked, paths));
  const failedStages = new Set<string>();
  const lines: string[] = [];
  let passed = 0;
  let failed = 0;

  const go = async (stage: Stage): Promise<void> => {
    console.log(`${rule}\n▶ ${stage.name}: ${stage.purpose}`);
    const started = performance.now();
    const outcome = await stage
      .run({ paths, failedStages, isContinuousIntegration: process.env.CI === 'true' })
      .catch((error: unknown): StageOutcome => ({ passed: 0, failed: 1, note: String(error) }));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    passed += outcome.passed;
    failed += outcome.failed;
    if (outcome.failed > 0) failedStages.add(stage.name);
    const mark = outcome.failed > 0 ? '✗' : outcome.passed > 0 ? '✓' : '·';
    const line = `${mark} ${stage.name.padEnd(13)} ${seconds.padStart(6)} s   ${outcome.passed} passed, ${outcome.failed} failed`;
    lines.push(outcome.note ? `${line}\n    ${outcome.note}` : line);
    console.log(lines.at(-1));
  };
  for (const together of inTurns(chosen)) await Promise.all(together.map(go));

  if (passed + failed === 0) {
    lines.push(`✗ nothing ran for ${asked.join(' ') || 'everything'}`);
    failed = 1;
  }
  console.log(`${rule}\n${lines.join('\n')}\n${rule}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

/** Gates that follow each other together, every other stage by itself. */
function inTurns(chosen: readonly Stage[]): readonly (readonly Stage[])[] {
  const turns: Stage[][] = [];
  for (const [place, stage] of chosen.entries())
    if (stage.isGate && chosen[place - 1]?.isGate) turns.at(-1)?.push(stage);
    else turns.push([stage]);
  return turns;
}

/** A path alone means the suites, not the gates. */
function isAsked(stage: Stage, asked: readonly string[], paths: readonly string[]): boolean {
  if (asked.includes(stage.name)) return true;
  const namesASuite = asked.includes('tests') || asked.includes('browser');
  return paths.length > 0 && !namesASuite && (stage.name === 'tests' || stage.name === 'browser');
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
