import { describe, expect, it } from 'vitest';
import { judgeReport } from './vitest-report.ts';

const rules = { exitCode: 0, mayBeEmpty: false, skippedIsFailure: false };
const file = (status: string, ...tests: string[]) => ({
  name: 'gate.test.ts',
  status,
  assertionResults: tests.map((one) => ({ status: one, fullName: `a ${one} test` })),
});

describe('the totals of npm test', () => {
  it('are those of the tests that ran', () => {
    const report = {
      numPassedTests: 2,
      numFailedTests: 1,
      testResults: [file('failed', 'passed', 'passed', 'failed')],
    };
    expect(judgeReport(report, { ...rules, exitCode: 1 })).toMatchObject({ passed: 2, failed: 1 });
  });

  it('name what failed, and why', () => {
    const failed = {
      status: 'failed',
      fullName: 'a sum',
      failureMessages: ['Error: 3 is not 4\n  at sum.ts'],
    };
    const report = {
      numPassedTests: 0,
      numFailedTests: 1,
      testResults: [{ name: 'sum.test.ts', status: 'failed', assertionResults: [failed] }],
    };
    expect(judgeReport(report, { ...rules, exitCode: 1 }).note).toBe(
      '✗ sum.test.ts > a sum: Error: 3 is not 4',
    );
  });

  it('count a file that can not be loaded as a failure', () => {
    const report = {
      numPassedTests: 2,
      numFailedTests: 0,
      testResults: [file('passed', 'passed', 'passed'), file('failed')],
    };
    expect(judgeReport(report, { ...rules, exitCode: 1 })).toMatchObject({ passed: 2, failed: 1 });
  });

  it('count an end in error with no failed test as a failure', () => {
    const report = { numPassedTests: 1, numFailedTests: 0, testResults: [file('passed', 'passed')] };
    expect(judgeReport(report, { ...rules, exitCode: 1 })).toMatchObject({ passed: 1, failed: 1 });
  });

  it('are a failure when nothing was executed, unless a part was asked for', () => {
    const report = { numPassedTests: 0, numFailedTests: 0, testResults: [] };
    expect(judgeReport(report, rules)).toMatchObject({ passed: 0, failed: 1 });
    expect(judgeReport(report, { ...rules, mayBeEmpty: true })).toEqual({ passed: 0, failed: 0 });
  });

  it('name what was skipped, and count it as failed where nobody reads that line', () => {
    const report = {
      numPassedTests: 1,
      numFailedTests: 0,
      testResults: [file('passed', 'passed', 'pending')],
    };
    expect(judgeReport(report, rules)).toMatchObject({ failed: 0, note: 'SKIPPED 1: a pending test' });
    expect(judgeReport(report, { ...rules, skippedIsFailure: true }).failed).toBe(1);
  });
});
