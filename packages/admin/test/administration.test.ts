import { describeAdministration } from './administration.ts';
import { drizzleBenches } from './warehouse/drizzle-benches.ts';

for (const orm of [drizzleBenches]) {
  describeAdministration(orm.postgresql);
  describeAdministration(orm.sqlite);
}
