import { randomBytes } from 'node:crypto';
import type { OperatorRole, WorkspaceRole } from '@castellan/contract';
import { eq, sql } from 'drizzle-orm';
import { createClient } from '../domains/clients/change-client.ts';
import { createClientSecret } from '../domains/clients/client-secrets.ts';
import { registerService } from '../domains/services/register-service.ts';
import type { PasswordHasher } from '../domains/sign-in/password-hasher.ts';
import { type NewEvent, systemOrigin } from '../platform/activity/event.ts';
import { newId } from '../platform/database/identifiers.ts';
import {
  activityOutbox,
  clients,
  groupMembers,
  groups,
  installation,
  members,
  operatorGrants,
  services,
  userLogins,
  users,
  workspaces,
} from '../platform/database/schema.ts';
import type { Database, Transaction } from '../platform/database/transaction.ts';
import { fillAccess, type SamplePlace } from './access.ts';
import { emailOf, familyNames, givenNames, seededRandom, workspaceSeeds } from './people.ts';

/** Somebody to sign in as. */
export interface SampleSignIn {
  readonly where: 'console' | 'orders';
  readonly role: string;
  readonly email: string;
  readonly password: string;
}

/** What the sample house holds, for the sample product and for the people who look at it. */
export interface SampleHouse {
  readonly workspaces: readonly { readonly id: string; readonly slug: string; readonly name: string }[];
  readonly users: readonly {
    readonly id: string;
    readonly email: string;
    readonly name: string;
    readonly workspace_ids: readonly string[];
  }[];
  readonly signins: readonly SampleSignIn[];
  readonly service_key: string;
  /** The sample product as an OAuth client. */
  readonly client_id: string;
  readonly client_secret: string;
}

interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly state: 'active' | 'invited' | 'deactivated';
  readonly joined: Date;
  readonly lastLogin: Date | null;
  readonly places: { readonly workspaceId: string; readonly role: WorkspaceRole }[];
}

const peopleCount = 200;
const dayMs = 24 * 3600 * 1000;
const host = 'example.com';

/** The four who can sign in; everybody else is there to be administered. */
const keyholders = [
  { name: 'Ada Okafor', where: 'console', role: 'administrator', workspaceRole: 'owner' },
  {
    name: 'Mateo Silva',
    where: 'orders',
    role: 'admin with the role Approver: may refund; operator of orders in the console',
    workspaceRole: 'admin',
    operatorRole: 'admin',
  },
  { name: 'Linnéa Andersson', where: 'orders', role: 'editor: may create orders', workspaceRole: 'editor' },
  {
    name: 'Noor Haddad',
    where: 'orders',
    role: 'viewer: may read; support for orders in the console',
    workspaceRole: 'viewer',
    operatorRole: 'support',
  },
] as const satisfies readonly {
  name: string;
  where: SampleSignIn['where'];
  role: string;
  workspaceRole: WorkspaceRole;
  /** At the sample product (A21); an administrator is owner of every one. */
  operatorRole?: OperatorRole;
}[];

function inventPeople(now: Date, workspaceIds: readonly string[], random: () => number): Person[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const taken = new Set<string>(keyholders.map((holder) => emailOf(holder.name, host)));
  const people: Person[] = keyholders.map((holder) => ({
    id: newId(),
    email: emailOf(holder.name, host),
    name: holder.name,
    state: 'active',
    joined: new Date(now.getTime() - 60 * dayMs),
    lastLogin: new Date(now.getTime() - random() * 2 * dayMs),
    places: workspaceIds.slice(0, 2).map((workspaceId) => ({ workspaceId, role: holder.workspaceRole })),
  }));
  while (people.length < peopleCount) {
    const name = `${pick(givenNames)} ${pick(familyNames)}`;
    const email = emailOf(name, host);
    if (taken.has(email)) continue;
    taken.add(email);
    const dice = random();
    const state = dice < 0.06 ? 'deactivated' : dice < 0.18 ? 'invited' : 'active';
    // More joined lately than long ago, as in a house that grows.
    const joined = new Date(now.getTime() - random() ** 2 * 90 * dayMs);
    const roles: WorkspaceRole[] = ['viewer', 'viewer', 'viewer', 'editor', 'editor', 'admin'];
    const places = workspaceIds
      .filter(() => random() < 0.42)
      .map((workspaceId) => ({ workspaceId, role: pick(roles) }));
    const lastLogin =
      state === 'active' ? new Date(joined.getTime() + random() * (now.getTime() - joined.getTime())) : null;
    people.push({ id: newId(), email, name, state, joined, lastLogin, places });
  }
  return people;
}

/** The past: accounts made, sign-ins, a few changes, as events with their own times. */
function inventEvents(
  people: readonly Person[],
  now: Date,
  random: () => number,
): { event: NewEvent; at: Date }[] {
  const operator = { kind: 'operator' as const, id: people[0]!.id, label: people[0]!.name };
  const told: { event: NewEvent; at: Date }[] = [];
  for (const person of people) {
    const target = { kind: 'user' as const, id: person.id, label: person.name };
    told.push({
      at: person.joined,
      event: { action: 'user_created', actors: [operator], target, detail: { email: person.email } },
    });
    if (person.state === 'deactivated')
      told.push({
        at: new Date(now.getTime() - random() * 20 * dayMs),
        event: {
          action: 'user_deactivated',
          actors: [operator],
          target,
          detail: { ended_sessions: Math.floor(random() * 3) },
        },
      });
    if (person.state !== 'active') continue;
    const actor = { kind: 'user' as const, id: person.id, label: person.name };
    const span = Math.min(30 * dayMs, now.getTime() - person.joined.getTime());
    for (let count = Math.floor(random() * 9); count > 0; count--) {
      const at = new Date(now.getTime() - random() * span);
      // Few people sign in on Saturday and Sunday.
      if ([0, 6].includes(at.getUTCDay()) && random() < 0.75) continue;
      told.push({
        at,
        event: {
          action: 'user_login',
          actors: [actor],
          target,
          service: 'orders',
          detail: { method: 'password' },
        },
      });
    }
  }
  return told.sort((left, right) => left.at.getTime() - right.at.getTime());
}

async function insertOperators(tx: Transaction, serviceId: string, people: readonly Person[]): Promise<void> {
  const grants = keyholders.flatMap((holder) => {
    const person = people.find(({ name }) => name === holder.name);
    return person && 'operatorRole' in holder ? [{ userId: person.id, role: holder.operatorRole }] : [];
  });
  const administrator = people.find(({ name }) => name === keyholders[0].name);
  const common = { serviceId, grantedBy: administrator?.id ?? null, createdAt: tx.now, updatedAt: tx.now };
  await tx.db.insert(operatorGrants).values(grants.map((grant) => ({ ...common, ...grant })));
}

/** Tells where the sample product's admin surface is: it moves with its port, and samples of earlier versions had none. */
export async function pointToOrders(database: Database, adminUrl: string): Promise<void> {
  await database.write(systemOrigin, (tx) =>
    tx.db.update(services).set({ adminUrl }).where(eq(services.name, 'orders')),
  );
}

async function insertPeople(
  tx: Transaction,
  people: readonly Person[],
  hashes: ReadonlyMap<string, string>,
): Promise<void> {
  await tx.db.insert(users).values(
    people.map((person, index) => {
      const passwordHash = hashes.get(person.email) ?? null;
      return {
        id: person.id,
        email: person.email,
        name: person.name,
        state: person.state,
        isAdmin: index === 0,
        emailVerifiedAt: person.state === 'active' ? person.joined : null,
        passwordHash,
        passwordSetAt: passwordHash === null ? null : person.joined,
        createdAt: person.joined,
        updatedAt: person.joined,
      };
    }),
  );
  await tx.db
    .insert(userLogins)
    .values(people.flatMap(({ id, lastLogin }) => (lastLogin ? { userId: id, lastLoginAt: lastLogin } : [])));
  await tx.db
    .insert(members)
    .values(
      people.flatMap((person) =>
        person.places.map((place) => ({ ...place, userId: person.id, createdAt: person.joined })),
      ),
    );
}

async function insertGroups(
  tx: Transaction,
  people: readonly Person[],
  workspaceIds: readonly string[],
  random: () => number,
): Promise<SamplePlace[]> {
  const filled: SamplePlace[] = [];
  for (const [index, { slug, groups: names }] of workspaceSeeds.entries()) {
    const workspaceId = workspaceIds[index]!;
    const made: { id: string; name: string }[] = [];
    const insiders = people.filter((person) =>
      person.places.some((place) => place.workspaceId === workspaceId),
    );
    for (const name of names) {
      const groupId = newId();
      made.push({ id: groupId, name });
      await tx.db
        .insert(groups)
        .values({ id: groupId, workspaceId, name, createdAt: tx.now, updatedAt: tx.now });
      // Who is named at the start may what is said of them, and nothing more by a group that chance put them in.
      const chosen = insiders.filter(
        (person) => random() < 0.25 && !keyholders.some(({ name: named }) => named === person.name),
      );
      if (chosen.length > 0)
        await tx.db
          .insert(groupMembers)
          .values(chosen.map((person) => ({ workspaceId, groupId, userId: person.id, createdAt: tx.now })));
    }
    filled.push({ id: workspaceId, slug, memberIds: insiders.map((person) => person.id), groups: made });
  }
  return filled;
}

async function insertPast(tx: Transaction, told: readonly { event: NewEvent; at: Date }[]): Promise<void> {
  await tx.db.insert(activityOutbox).values(
    told.map(({ event, at }) => ({
      id: newId(),
      action: event.action,
      actors: event.actors!,
      actorId: event.actors![0]!.id,
      targetKind: event.target.kind,
      targetId: event.target.id,
      targetLabel: event.target.label,
      service: event.service ?? null,
      detail: event.detail ?? {},
      at,
    })),
  );
}

/** The sample product's site, which signs people in through Castellan's own pages. */
async function insertClient(
  tx: Transaction,
  serviceId: string,
  ordersUrls: readonly string[],
): Promise<Pick<SampleHouse, 'client_id' | 'client_secret'>> {
  const id = await createClient(tx, serviceId, {
    name: 'Orders',
    redirectUris: ordersUrls.map((url) => `${url}/sign-in/callback`),
    postLogoutRedirectUris: ordersUrls.map((url) => `${url}/`),
    clientUri: ordersUrls[0],
    accentColor: '#0f766e',
  });
  const { secret } = await createClientSecret(tx, serviceId, id);
  const [client] = await tx.db.select({ clientId: clients.clientId }).from(clients).where(eq(clients.id, id));
  return { client_id: client!.clientId, client_secret: secret };
}

/** Whether the database is empty enough to become a sample. */
async function isEmpty(database: Database): Promise<boolean> {
  const { rows } = await database.db.execute(
    sql`SELECT EXISTS (SELECT FROM users) OR EXISTS (SELECT FROM services) AS used`,
  );
  return !(rows[0] as { used: boolean }).used;
}

/**
 * Fills an empty database with a believable house: three workspaces, two hundred people, groups, roles, orders and with
 * whom they are shared, a past.
 * Passwords are random. The database is marked, so that `serve` refuses it.
 *
 * @returns what was made, or `undefined` when the database holds something already
 */
export async function fillSample(
  database: Database,
  hasher: PasswordHasher,
  ordersUrls: readonly string[],
): Promise<SampleHouse | undefined> {
  if (!(await isEmpty(database))) return undefined;
  const signins = keyholders.map(({ name, where, role }) => ({
    where,
    role,
    email: emailOf(name, host),
    password: randomBytes(12).toString('base64url'),
  }));
  const hashes = new Map(
    await Promise.all(
      signins.map(async ({ email, password }) => [email, await hasher.hash(password)] as const),
    ),
  );
  return database.write(systemOrigin, async (tx) => {
    const random = seededRandom(20_261_121);
    await tx.db.update(installation).set({ sampleData: true });
    const places = workspaceSeeds.map(({ slug, name, description }) => ({
      id: newId(),
      slug,
      name,
      description,
      createdAt: new Date(tx.now.getTime() - 100 * dayMs),
      updatedAt: tx.now,
    }));
    await tx.db.insert(workspaces).values(places);
    const workspaceIds = places.map((place) => place.id);
    const people = inventPeople(tx.now, workspaceIds, random);
    await insertPeople(tx, people, hashes);
    const filled = await insertGroups(tx, people, workspaceIds, random);
    const past = inventEvents(people, tx.now, random);
    const { id: serviceId, key } = await registerService(tx, {
      name: 'orders',
      description: 'The sample product: customers, orders, refunds.',
      origins: [...ordersUrls],
      adminUrl: ordersUrls.at(-1) ?? null,
    });
    await insertOperators(tx, serviceId, people);
    const client = await insertClient(tx, serviceId, ordersUrls);
    const ofRoles = await fillAccess(tx, serviceId, filled, people, random);
    await insertPast(
      tx,
      [...past, ...ofRoles].sort((left, right) => left.at.getTime() - right.at.getTime()),
    );
    return {
      workspaces: places.map(({ id, slug, name }) => ({ id, slug, name })),
      users: people.map(({ id, email, name, places: memberships }) => ({
        id,
        email,
        name,
        workspace_ids: memberships.map((place) => place.workspaceId),
      })),
      signins,
      service_key: key,
      ...client,
    };
  });
}
