import { findObstacle, type Obstacle } from './begin.ts';
import { auditCriteria, bulkCriteria } from './criteria/audit.ts';
import { codeCriteria } from './criteria/codes.ts';
import { filterCriteria } from './criteria/filters.ts';
import { approvalCriteria, gateCriteria } from './criteria/gate.ts';
import { headerCriteria, impersonationCriteria, isolationCriteria } from './criteria/isolation.ts';
import { pagingCriteria } from './criteria/paging.ts';
import { redactionCriteria } from './criteria/redaction.ts';
import { schemaCriteria } from './criteria/schema.ts';
import { surfaceCriteria } from './criteria/surface.ts';
import { keyCriteria, tokenCriteria } from './criteria/token.ts';
import { wireCriteria } from './criteria/wire.ts';
import { replayCriteria, writeCriteria } from './criteria/writes.ts';
import { CanNotJudge, type Criterion, NotMet } from './criterion.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { Product, type ProductOptions } from './product.ts';

/** Every criterion, in the order in which it is judged; what floods the product with invented keys comes last. */
export const criteria: readonly Criterion[] = [
  ...schemaCriteria,
  ...tokenCriteria,
  ...replayCriteria,
  ...surfaceCriteria,
  ...gateCriteria,
  ...approvalCriteria,
  ...codeCriteria,
  ...redactionCriteria,
  ...filterCriteria,
  ...pagingCriteria,
  ...wireCriteria,
  ...writeCriteria,
  ...auditCriteria,
  ...bulkCriteria,
  ...isolationCriteria,
  ...impersonationCriteria,
  ...headerCriteria,
  ...keyCriteria,
];

/** What one criterion came to. */
export interface Judgement {
  readonly name: string;
  readonly outcome: 'met' | 'failed' | 'not_judged';
  /** Of a failure: what was seen. Of what was not judged: why. */
  readonly reason: string | null;
  /** What to do about a failure. */
  readonly mend: string | null;
}

/** What a run came to, as it is written as JSON. */
export interface ContractReport {
  readonly url: string;
  readonly service: string;
  readonly issuer: string;
  /** Why nothing could be judged; `null` where the run began. */
  readonly stopped: Obstacle | null;
  readonly judgements: readonly Judgement[];
  readonly met: number;
  readonly failed: number;
  readonly notJudged: number;
  readonly milliseconds: number;
}

/** How a run is made. */
export interface ContractOptions extends ProductOptions {
  /** The address on this machine that the product was started with as its issuer; the suite serves its key set there. */
  readonly issuer: string | Issuer;
  /** Whether rows may be changed (and are put back). What needs that is reported as not judged otherwise. */
  readonly allowWrites: boolean;
  /** Names or groups (`token`) that are judged; all when left out. */
  readonly only?: readonly string[] | undefined;
  /** Hears of each judgement as it is made. */
  readonly onJudgement?: (judgement: Judgement) => void;
  /** Hears why the suite waits before it begins: for up to 35 seconds, where the product does not know its keys yet. */
  readonly onWait?: (obstacle: Obstacle) => void;
}

/** The product can't be judged at all: it is not there, or it is set up for another issuer, service or address. */
export class CanNotBegin extends Error {
  override readonly name = 'CanNotBegin';
  /** What would have been the report: without judgements, and with what stopped it. */
  readonly report: ContractReport & { readonly stopped: Obstacle };

  constructor(report: CanNotBegin['report']) {
    super(`${report.stopped.reason}\n${report.stopped.mend}`);
    this.report = report;
  }
}

/**
 * Judges a product's admin surface by every criterion, over HTTP, as the platform would call it.
 *
 * @throws CanNotBegin when the product can't be reached, or is set up for another issuer, service or address
 * @throws Error when the issuer's address can't be listened on
 * @example
 * const report = await runContract({ url: 'http://127.0.0.1:9005', service: 'orders', issuer: 'http://127.0.0.1:4455', allowWrites: true });
 * expect(report.judgements.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
 */
export async function runContract(options: ContractOptions): Promise<ContractReport> {
  const startedAt = performance.now();
  const ownIssuer = typeof options.issuer === 'string' ? await startIssuer(options.issuer) : undefined;
  const issuer = ownIssuer ?? (options.issuer as Issuer);
  try {
    const product = new Product(issuer, options);
    const stopped = (await findObstacle(product, options.onWait)) ?? null;
    const judgements: Judgement[] = [];
    const report = (): ContractReport => {
      const count = (outcome: Judgement['outcome']): number =>
        judgements.filter((judgement) => judgement.outcome === outcome).length;
      return {
        url: options.url,
        service: options.service,
        issuer: issuer.url,
        stopped,
        judgements,
        met: count('met'),
        failed: count('failed'),
        notJudged: count('not_judged'),
        milliseconds: Math.round(performance.now() - startedAt),
      };
    };
    if (stopped) throw new CanNotBegin({ ...report(), stopped });
    for (const criterion of criteria.filter(({ name }) => isWanted(name, options.only))) {
      const judgement =
        criterion.needsWrites && !options.allowWrites
          ? notJudged(criterion, 'it changes rows, and writes are not allowed')
          : await judge(criterion, product);
      judgements.push(judgement);
      options.onJudgement?.(judgement);
    }
    return report();
  } finally {
    await ownIssuer?.close();
  }
}

function isWanted(name: string, only: readonly string[] | undefined): boolean {
  // Without a schema document nothing else is judged, which must not look like a success.
  if (only === undefined || name === 'schema.document') return true;
  return only.some((wanted) => name === wanted || name.startsWith(`${wanted}.`));
}

async function judge(criterion: Criterion, product: Product): Promise<Judgement> {
  const { name, mend } = criterion;
  try {
    await criterion.judge(product);
    return { name, outcome: 'met', reason: null, mend: null };
  } catch (error) {
    if (error instanceof CanNotJudge) return notJudged(criterion, error.message);
    if (error instanceof NotMet) return { name, outcome: 'failed', reason: error.message, mend };
    // The connection broke, or an answer had a form that the criterion could not read.
    const reason = error instanceof Error ? `${error.message}${causeOf(error)}` : String(error);
    return { name, outcome: 'failed', reason, mend };
  }
}

const causeOf = (error: Error): string => (error.cause instanceof Error ? `: ${error.cause.message}` : '');

function notJudged({ name }: Criterion, reason: string): Judgement {
  return { name, outcome: 'not_judged', reason, mend: null };
}
