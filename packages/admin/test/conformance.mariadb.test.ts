import { describeConformance } from './conformance.ts';
import { drizzleBenches } from './warehouse/drizzle-benches.ts';
import { typeormBenches } from './warehouse/typeorm-benches.ts';

for (const orm of [drizzleBenches, typeormBenches]) describeConformance(orm.mysql);
