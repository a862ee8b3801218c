import type { House } from '../house.ts';
import { writeRequest } from '../load/connection.ts';
import { commandNodeArgs, serverScript } from '../machine/server-process.ts';
import { compare, figuresOf, type Variant } from '../measure.ts';
import type { WorkloadResult } from '../report.ts';

/** The empty route of the production stack beside a bare `node:http` that answers the same text. */
export async function measureEmptyRoute(house: House): Promise<WorkloadResult> {
  const platform = await house.serve();
  const bare = await house.run(serverScript('bare'));
  const bareAsWe = await house.run(serverScript('bare'), [], {}, [...process.execArgv, ...commandNodeArgs]);
  try {
    const variantOf = (name: string, server: typeof bare): Variant => {
      const request = writeRequest('GET', '/healthz', server.publicTarget);
      return {
        name,
        server,
        load: { target: server.publicTarget, next: () => request, mustContain: '"status":"ok"' },
      };
    };
    const variants = [
      variantOf('castellan', platform),
      variantOf('node:http', bare),
      variantOf('node:http, started as we are', bareAsWe),
    ];
    const figures = await compare(house, variants, {
      rounds: 5,
      seconds: 2,
      inFlight: [1, 32, 256],
      openLoopPerSecond: 2000,
    });
    const ratioAt = (load: string, floor = 'node:http'): number =>
      figuresOf(figures, 'castellan', load).perSecond / figuresOf(figures, floor, load).perSecond;
    const cost = (variant: string): number => figuresOf(figures, variant, '32 in flight').serverMicroseconds;
    return {
      title: 'Empty route',
      method:
        '`GET /healthz` on the public listener of `castellan-server serve` (every hook, the access log to /dev/null, metrics) beside a bare `node:http` server that answers the same 15 bytes: as Node starts it, and with the flags that our command gives to Node.',
      goals: [
        {
          name: 'answers per second, 32 in flight, share of bare',
          measured: ratioAt('32 in flight'),
          unit: '',
          atLeast: 0.5,
        },
        {
          name: 'answers per second, 256 in flight, share of bare',
          measured: ratioAt('256 in flight'),
          unit: '',
          atLeast: 0.5,
        },
      ],
      figures,
      facts: {
        'share at 1 in flight': ratioAt('1 in flight'),
        'share of bare with our flags, 32 in flight': ratioAt('32 in flight', 'node:http, started as we are'),
        'share of bare with our flags, 256 in flight': ratioAt(
          '256 in flight',
          'node:http, started as we are',
        ),
        'processor time of bare / of castellan, 32 in flight': cost('node:http') / cost('castellan'),
      },
    };
  } finally {
    await Promise.all([platform, bare, bareAsWe].map((server) => server.stop()));
  }
}
