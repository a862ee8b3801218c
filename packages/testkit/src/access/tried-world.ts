import { serviceKeysCreate } from '@castellan/contract';
import type { TestCaller, TestPlatform } from '../platform.ts';
import { readAccessWorld } from './read-world.ts';
import type { AccessWorld } from './world.ts';
import { writeAccessWorlds } from './write-world.ts';

/** A platform with somebody who administers it. */
export interface TriedHouse {
  readonly house: TestPlatform;
  readonly admin: TestCaller;
}

/** A world in a platform's database, where changes can really be made: by its administrator, and by its service. */
export interface TriedWorld extends TriedHouse {
  readonly world: AccessWorld;
  /** The world's own service, with a key that it gets when it first calls. */
  readonly service: TestCaller;
  /** The world as the database has it now. */
  read(): Promise<AccessWorld>;
}

/** Writes a world to a platform's database. Who was not merely invited gets a password, so that they can be activated. */
export async function tryWorld(at: TriedHouse, world: AccessWorld): Promise<TriedWorld> {
  const [tried] = await tryWorlds(at, [world]);
  return tried!;
}

/** The same for worlds beside each other. */
export async function tryWorlds(
  { house, admin }: TriedHouse,
  worlds: readonly AccessWorld[],
): Promise<TriedWorld[]> {
  await writeAccessWorlds((text, values) => house.query(text, values), worlds);
  await house.query(
    `UPDATE users SET password_hash = 'none that opens', password_set_at = now() WHERE id = ANY ($1) AND state <> 'invited'`,
    [worlds.flatMap(({ users }) => users.map(({ id }) => id))],
  );
  return worlds.map((world) => {
    let caller: Promise<TestCaller> | undefined;
    const withKey = async (): Promise<TestCaller> => {
      const { key } = (await admin.call(serviceKeysCreate, { params: { id: world.serviceId } })).result;
      return house.caller({ authorization: `Bearer ${key}` });
    };
    return {
      house,
      admin,
      world,
      service: {
        async call(route, options) {
          caller ??= withKey();
          return (await caller).call(route, options);
        },
      },
      read: () => readAccessWorld((text, values) => house.query(text, values), world),
    };
  });
}
