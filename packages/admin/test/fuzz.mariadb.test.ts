import { describeFuzz } from './fuzz/describe-fuzz.ts';
import { drizzleBenches } from './warehouse/drizzle-benches.ts';
import { sequelizeBenches } from './warehouse/sequelize-benches.ts';
import { typeormBenches } from './warehouse/typeorm-benches.ts';

for (const orm of [drizzleBenches, typeormBenches, sequelizeBenches]) describeFuzz(orm.mysql);
