import { describeAdministration } from './administration.ts';
import { drizzleBenches } from './warehouse/drizzle-benches.ts';
import { typeormBenches } from './warehouse/typeorm-benches.ts';

for (const orm of [drizzleBenches, typeormBenches]) {
  describeAdministration(orm.postgresql);
  describeAdministration(orm.sqlite);
}
