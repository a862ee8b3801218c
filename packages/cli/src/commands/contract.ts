import { writeFile } from 'node:fs/promises';
import {
  CanNotBegin,
  type ContractOptions,
  type ContractReport,
  criteria,
  formatJudgement,
  formatTotals,
  runContract,
} from '@castellan/admin/contract';
import { defineCommand } from 'citty';
import { objectOf, probeOf, WrongArgument } from './json-arguments.ts';

/** `castellan contract`: judges a product's admin surface by every criterion (A18). Ends with 1 on a failure, 2 where it can't begin. */
export const contractCommand = defineCommand({
  meta: { name: 'contract', description: "Judge a product's admin surface by the contract, over HTTP" },
  args: {
    url: { type: 'string', description: 'The product, http://127.0.0.1:9005' },
    service: { type: 'string', description: "The service's name, for which its tokens are" },
    issuer: { type: 'string', description: 'The issuer that the product was started with, on this machine' },
    'issuer-port': { type: 'string', description: 'The same as --issuer http://127.0.0.1:PORT' },
    'allow-writes': { type: 'boolean', description: 'Change rows, and put them back' },
    'read-only': { type: 'boolean', description: 'Change nothing; what needs writes is not judged' },
    model: { type: 'string', description: 'The model that may be written to' },
    field: { type: 'string', description: 'The text field of it that may be changed' },
    values: { type: 'string', description: 'JSON: values of a new row that the product takes' },
    'user-authorization': {
      type: 'string',
      description: "Header Authorization of one of the product's users",
    },
    actor: {
      type: 'string',
      description:
        'JSON {"authorization", "intent"}: an actor session that only looks on, and a write it tries',
    },
    only: { type: 'string', description: 'Names or groups, with commas: token,filter.eq' },
    json: { type: 'string', description: 'File that gets the report as JSON' },
    list: { type: 'boolean', description: 'Print the criteria and end' },
  },
  async run({ args }) {
    if (args.list) {
      for (const { name, proves, needsWrites } of criteria)
        console.log(`${name}${needsWrites ? ' (writes)' : ''}: ${proves}`);
      return;
    }
    try {
      const report = await runContract({
        ...optionsOf(args),
        onJudgement: (judgement) => console.log(formatJudgement(judgement)),
        onWait: ({ reason }) => console.error(`${reason}\nThis may pass: it is asked again for 35 seconds.`),
      });
      await finish(report, args.json);
    } catch (error) {
      if (error instanceof CanNotBegin) await writeReport(error.report, args.json);
      const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
      console.error(`${error instanceof Error ? error.message : error}${cause}`);
      process.exitCode = 2;
    }
  },
});

async function writeReport(report: ContractReport, file: string | undefined): Promise<void> {
  if (file !== undefined) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}

async function finish(report: ContractReport, file: string | undefined): Promise<void> {
  await writeReport(report, file);
  console.log(`\n${formatTotals(report)}`);
  if (report.notJudged > 0) console.log('What was not judged is not shown to hold.');
  if (report.failed > 0) process.exitCode = 1;
}

type Arguments = Readonly<Record<string, unknown>>;

/** @throws WrongArgument with what to say instead */
function optionsOf(args: Arguments): ContractOptions {
  const text = (name: string): string | undefined =>
    typeof args[name] === 'string' && args[name] !== '' ? args[name] : undefined;
  const url = text('url');
  const service = text('service');
  if (url === undefined || !URL.canParse(url))
    throw new WrongArgument('Say where the product is: --url http://127.0.0.1:9005');
  if (service === undefined) throw new WrongArgument('Say which service the product is: --service orders');
  const port = text('issuer-port');
  const issuer = text('issuer') ?? (port === undefined ? undefined : `http://127.0.0.1:${port}`);
  if (issuer === undefined || !URL.canParse(issuer))
    throw new WrongArgument('Say which issuer the product was started with: --issuer-port 4455');
  if (args['allow-writes'] === args['read-only'])
    throw new WrongArgument(
      'Say either --allow-writes or --read-only: whether rows may be changed is yours to decide',
    );
  const only = text('only')?.split(',');
  const unknown = only?.filter(
    (one) => !criteria.some(({ name }) => name === one || name.startsWith(`${one}.`)),
  );
  if (unknown !== undefined && unknown.length > 0)
    throw new WrongArgument(`There is no criterion or group ${unknown.join(', ')}; --list prints them`);
  return {
    url,
    service,
    issuer,
    allowWrites: args['allow-writes'] === true,
    model: text('model'),
    field: text('field'),
    createValues: objectOf('values', text('values')),
    userAuthorization: text('user-authorization'),
    actor: probeOf(text('actor')),
    only,
  };
}
