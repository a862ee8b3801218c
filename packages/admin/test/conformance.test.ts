import { describeConformance } from './conformance.ts';
import { drizzleBenches } from './warehouse/drizzle-benches.ts';

for (const bench of [drizzleBenches.postgresql, drizzleBenches.sqlite]) describeConformance(bench);
