import { runAccessProof } from './access/run-access-proof.ts';
import { runAccessExplainProof } from './access-explain/run-access-explain-proof.ts';
import { runAdminFuzzProof } from './admin-fuzz/run-admin-fuzz-proof.ts';
import { runAdminScaleProof } from './admin-scale/run-admin-scale-proof.ts';
import { runKillProof } from './kill/run-kill-proof.ts';
import { runNewEnemyProof } from './new-enemy/run-new-enemy-proof.ts';
import {
  writeAccessExplainProof,
  writeAccessProof,
  writeAdminFuzzProof,
  writeAdminScaleProof,
  writeKillProof,
  writeNewEnemyProof,
  writeScrollProof,
} from './report.ts';
import { runScrollProof } from './scroll/run-scroll-proof.ts';

/** `--brief`: to see that a proof works, where it can be made small; its figures say nothing and are not kept. */
const isBrief = process.argv.includes('--brief');

const proofs: Readonly<Record<string, () => Promise<boolean>>> = {
  access: async () => writeAccessProof(await runAccessProof(console.log, { isBrief }), { isBrief }),
  'access-explain': async () =>
    writeAccessExplainProof(await runAccessExplainProof(console.log, { isBrief }), { isBrief }),
  'admin-fuzz': async () => writeAdminFuzzProof(await runAdminFuzzProof(console.log)),
  'admin-scale': async () =>
    writeAdminScaleProof(await runAdminScaleProof(console.log, { isBrief }), { isBrief }),
  kill: async () => writeKillProof(await runKillProof(console.log)),
  'new-enemy': async () => writeNewEnemyProof(await runNewEnemyProof(console.log)),
  scroll: async () => writeScrollProof(await runScrollProof(console.log)),
};

const wanted = process.argv.slice(2).filter((argument) => argument !== '--brief');
const unknown = wanted.filter((name) => !(name in proofs));
if (unknown.length > 0) {
  console.error(`There is no proof ${unknown.join(', ')}. There are: ${Object.keys(proofs).join(', ')}`);
  process.exit(2);
}
for (const [name, prove] of Object.entries(proofs)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const holds = await prove();
  console.log(`${name}: ${holds ? 'holds' : 'DOES NOT HOLD'}; see proof/results/${name}.md`);
  if (!holds) process.exitCode = 1;
}
// A peer that was measured may keep its connections.
process.exit();
