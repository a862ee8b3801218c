import type { ContractReport, Judgement } from './run.ts';

/** One judgement as a line. */
export function formatJudgement({ name, outcome, reason, mend }: Judgement): string {
  if (outcome === 'met') return `  met         ${name}`;
  if (outcome === 'not_judged') return `  not judged  ${name}: ${reason}`;
  return `  FAILED      ${name}: ${reason}\n              ${mend}`;
}

/** The totals of a report as a line. */
export function formatTotals({ met, failed, notJudged, milliseconds, url }: ContractReport): string {
  const seconds = (milliseconds / 1000).toFixed(1);
  return `${url}: ${met} met, ${failed} failed, ${notJudged} not judged (${seconds} s)`;
}
