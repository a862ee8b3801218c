import { serviceKeysCreate } from '@castellan/contract';
import type { TestCaller, TestPlatform } from '../platform.ts';
import { readAccessWorld } from './read-world.ts';
import type { AccessWorld } from './world.ts';
import { writeAccessWorld } from './write-world.ts';

/** A platform with somebody who administers it. */
export interface TriedHouse {
  readonly house: TestPlatform;
  readonly admin: TestCaller;
}

/** A world in a platform's database, where changes can really be made: by its administrator, and by its service. */
export interface TriedWorld extends TriedHouse {
  readonly world: AccessWorld;
  /** The world's own service, with its key. */
  readonly service: TestCaller;
  /** The world as the database has it now. */
  read(): Promise<AccessWorld>;
}

/** Writes a world to a platform's database. Who was not merely invited gets a password, so that they can be activated. */
export async function tryWorld({ house, admin }: TriedHouse, world: AccessWorld): Promise<TriedWorld> {
  await writeAccessWorld((text, values) => house.query(text, values), world);
  await house.query(
    `UPDATE users SET password_hash = 'none that opens', password_set_at = now() WHERE id = ANY ($1) AND state <> 'invited'`,
    [world.users.map(({ id }) => id)],
  );
  const { key } = (await admin.call(serviceKeysCreate, { params: { id: world.serviceId } })).result;
  return {
    house,
    admin,
    world,
    service: house.caller({ authorization: `Bearer ${key}` }),
    read: () => readAccessWorld((text, values) => house.query(text, values), world),
  };
}
