import { describeConformance } from './conformance.ts';
import { drizzleBenches } from './warehouse/drizzle-benches.ts';

for (const bench of [drizzleBenches.mysql]) describeConformance(bench);
