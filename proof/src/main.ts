import { runKillProof } from './kill/run-kill-proof.ts';
import { writeKillProof, writeScrollProof } from './report.ts';
import { runScrollProof } from './scroll/run-scroll-proof.ts';

const proofs: Readonly<Record<string, () => Promise<boolean>>> = {
  kill: async () => writeKillProof(await runKillProof(console.log)),
  scroll: async () => writeScrollProof(await runScrollProof(console.log)),
};

const wanted = process.argv.slice(2);
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
