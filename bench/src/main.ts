import type { House } from './house.ts';
import { openHouse } from './house.ts';
import { takePrecedence } from './machine/placement.ts';
import { brief } from './measure.ts';
import { isMet, type WorkloadResult, writeResult } from './report.ts';
import { measureAccessChecks } from './workloads/access-checks.ts';
import { measureAdminList } from './workloads/admin-list.ts';
import { measureCsvImport } from './workloads/csv-import.ts';
import { measureEmptyRoute } from './workloads/empty-route.ts';
import { measureIntrospection } from './workloads/introspection.ts';
import { measureCodeExchange, measureRefresh, measureServiceTokens } from './workloads/oauth-tokens.ts';
import { measureSessionCheck } from './workloads/session-check.ts';
import { measureSessionCheckPeers } from './workloads/session-check-peers.ts';
import { measureSignIn } from './workloads/sign-in.ts';
import { measureStartUp } from './workloads/start-up.ts';
import { measureUsersList } from './workloads/users-list.ts';

const workloads: Readonly<Record<string, (house: House) => Promise<WorkloadResult>>> = {
  'empty-route': measureEmptyRoute,
  'session-check': measureSessionCheck,
  'session-check-peers': measureSessionCheckPeers,
  introspection: measureIntrospection,
  'service-tokens': measureServiceTokens,
  'code-exchange': measureCodeExchange,
  refresh: measureRefresh,
  'access-checks': measureAccessChecks,
  'sign-in': measureSignIn,
  'users-list': measureUsersList,
  'admin-list': measureAdminList,
  'csv-import': measureCsvImport,
  'start-up': measureStartUp,
};

/** An import keeps PostgreSQL busy on several cores, and a start is no matter of one. */
const onAllCores = new Set(['csv-import', 'start-up']);

const wanted = process.argv
  .slice(2)
  .filter((argument) => argument !== '--priority' && argument !== '--brief');
if (process.argv.includes('--priority')) takePrecedence();
const unknown = wanted.filter((name) => !(name in workloads));
if (unknown.length > 0) {
  console.error(
    `There is no workload ${unknown.join(', ')}. There are: ${Object.keys(workloads).join(', ')}`,
  );
  process.exit(2);
}

let open: House | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, async () => {
    await open?.close();
    process.exit(1);
  });

let missed = 0;
for (const [name, measure] of Object.entries(workloads)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  // A house for each: what one workload leaves behind is no burden of the next.
  const house = await openHouse({ pinned: !onAllCores.has(name) });
  open = house;
  try {
    const result = await measure(house);
    console.log(brief ? result : await writeResult(name, result, house));
    missed += result.goals.filter((goal) => !isMet(goal)).length;
  } finally {
    await house.close();
  }
}
if (missed > 0) console.error(`${missed} of the goals were missed.`);
