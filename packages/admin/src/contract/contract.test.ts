import { describe, expect, it } from 'vitest';
import { actor, service, startProduct, userAuthorization } from '../../test/contract/product.ts';
import {
  type ContractOptions,
  type ContractReport,
  criteria,
  formatJudgement,
  formatTotals,
  runContract,
  startIssuer,
} from './index.ts';

/** Judges a product with a defect, or none, by every criterion. */
async function judge(defect?: string, options: Partial<ContractOptions> = {}): Promise<ContractReport> {
  const issuer = await startIssuer('http://127.0.0.1:0');
  const product = await startProduct(issuer.url, defect);
  try {
    const rest = { service, userAuthorization, actor, allowWrites: true, ...options };
    return await runContract({ url: product.url, issuer, ...rest });
  } finally {
    await product.close();
    await issuer.close();
  }
}

const named = (report: ContractReport, outcome: string): string[] =>
  report.judgements.filter((judgement) => judgement.outcome === outcome).map(({ name }) => name);

const groupOf = (name: string): string => name.slice(0, name.indexOf('.'));

describe('the contract suite', () => {
  it('has at least 52 criteria, each with a stable name of its own', () => {
    const names = criteria.map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(52);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+\.[a-z0-9_]+$/);
  });

  it('finds nothing wrong with a product that does everything, and leaves nothing unjudged', async () => {
    const report = await judge();
    expect(report.judgements.filter(({ outcome }) => outcome !== 'met')).toEqual([]);
    expect([report.met, report.failed, report.notJudged]).toEqual([criteria.length, 0, 0]);
  });

  // Every criterion is asked about the first defect of each group, and those of its own group about the others: what is near finds
  // the same thing first.
  it.each(
    criteria.map(({ name }, index) => {
      const group = groupOf(name);
      const isFirst = criteria.findIndex((one) => groupOf(one.name) === group) === index;
      return [name, isFirst ? undefined : [group]] as const;
    }),
  )('a product that breaks %s fails by exactly that name', async (name, only) => {
    const report = await judge(name, { only });
    expect(report.judgements.filter(({ outcome }) => outcome === 'failed')).toEqual([
      {
        name,
        outcome: 'failed',
        reason: expect.any(String),
        mend: criteria.find((one) => one.name === name)!.mend,
      },
    ]);
  });

  it('judges no write where writes are not allowed, says so, and finds no fault by it', async () => {
    const report = await judge('write.update', { allowWrites: false });
    expect(report.failed).toBe(0);
    expect(named(report, 'not_judged')).toEqual(
      criteria.filter(({ needsWrites }) => needsWrites).map(({ name }) => name),
    );
    expect(report.judgements.find(({ name }) => name === 'write.update')?.reason).toContain('not allowed');
  });

  it('judges the groups and names that it is asked for, and always the schema document', async () => {
    const report = await judge(undefined, { only: ['filter', 'token.audience'] });
    const names = report.judgements.map(({ name }) => name);
    expect(names).toContain('schema.document');
    expect(names).toContain('token.audience');
    expect(names.filter((name) => !/^(filter\.|token\.audience$|schema\.document$)/.test(name))).toEqual([]);
    expect((await judge('schema.document', { only: ['filter'] })).failed).toBe(1);
  });

  it('tells what was seen and what to do, one line for each criterion', async () => {
    const report = await judge('token.audience', {
      only: ['token.audience', 'isolation'],
      userAuthorization: undefined,
    });
    const lines = report.judgements.map(formatJudgement);
    expect(lines.find((line) => line.includes('token.audience'))).toMatch(
      /FAILED {6}token\.audience: answered with 200[\s\S]*Check it in/,
    );
    expect(lines.find((line) => line.includes('isolation.list'))).toMatch(
      /not judged {2}isolation\.list: give the Auth/,
    );
    expect(formatTotals(report)).toMatch(/: \d+ met, 1 failed, 3 not judged \(/);
  });

  it('puts every row back as it was', async () => {
    const issuer = await startIssuer('http://127.0.0.1:0');
    const product = await startProduct(issuer.url);
    const before = structuredClone(product.rows);
    await runContract({ url: product.url, issuer, service, allowWrites: true });
    expect(product.rows).toEqual(before);
    await product.close();
    await issuer.close();
  });

  it('listens on this machine only', async () => {
    await expect(startIssuer('http://id.example.com:4455')).rejects.toThrow('on this machine');
  });

  it('says that a product is not there, by an error and not by a hundred failures', async () => {
    const gone = runContract({
      url: 'http://127.0.0.1:59123',
      issuer: 'http://127.0.0.1:0',
      service,
      allowWrites: false,
    });
    await expect(gone).rejects.toThrow();
  });
});
