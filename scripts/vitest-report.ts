import { readFile, rm } from 'node:fs/promises';
import type { StageOutcome } from './stage.ts';

/** What is read of Vitest's JSON report. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** How a report is judged. */
export interface ReportRules {
  readonly exitCode: number;
  /** A part of the tests was asked for, and none of them may be here. */
  readonly mayBeEmpty: boolean;
  readonly skippedIsFailure: boolean;
}

/**
 * Turns a Vitest report into counts. What Vitest reports beside tests (a file that can't be loaded, an unhandled
 * rejection, no report at all) counts as one failure each, so that a green line means that everything ran.
 */
export async function readReport(path: string, rules: ReportRules): Promise<StageOutcome> {
  let report: VitestReport;
  try {
    report = JSON.parse(await readFile(path, 'utf8')) as VitestReport;
  } catch {
    return { passed: 0, failed: 1, note: 'Vitest ended without a report' };
  }
  await rm(path, { force: true });
  return judgeReport(report, rules);
}

/** The judgement apart from the file. */
export function judgeReport(report: VitestReport, rules: ReportRules): StageOutcome {
  // The end of a log is often all that is left of it: what failed is named there once more, with the reason.
  const notes: string[] = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `✗ ${file.name} > ${test.fullName}: ${firstLine(test.failureMessages)}`),
  );
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  for (const file of brokenFiles) notes.push(`${file.name} failed outside its tests`);

  const skipped = report.testResults.flatMap((file) =>
    file.assertionResults.filter((test) => test.status !== 'passed' && test.status !== 'failed'),
  );
  if (skipped.length > 0)
    notes.push(`SKIPPED ${skipped.length}: ${skipped.map((test) => test.fullName).join('; ')}`);

  const passed = report.numPassedTests;
  let failed = report.numFailedTests + brokenFiles.length + (rules.skippedIsFailure ? skipped.length : 0);
  if (passed + failed === 0 && !rules.mayBeEmpty) {
    failed = 1;
    notes.push('no test was executed');
  }
  if (failed === 0 && rules.exitCode !== 0) {
    failed = 1;
    notes.push(
      `Vitest ended with ${rules.exitCode}, though no test failed: see above for what it met outside tests`,
    );
  }
  return notes.length > 0 ? { passed, failed, note: notes.join('\n    ') } : { passed, failed };
}

const firstLine = (messages: readonly string[] | undefined): string =>
  messages?.[0]?.split('\n')[0] ?? 'no reason was given';
