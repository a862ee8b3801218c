import type pg from 'pg';
import type { Outcome } from './client-log.ts';

/** What one check found; no complaint means that it holds. */
export interface Finding {
  readonly check: string;
  readonly complaints: readonly string[];
}

interface Event {
  readonly sequence: number;
  readonly action: string;
  readonly targetId: string | null;
  readonly detail: Record<string, unknown>;
}

/** Everything the database says, read in one transaction. */
interface State {
  readonly events: readonly Event[];
  readonly users: ReadonlyMap<string, { readonly email: string; readonly role: string | null }>;
  readonly invited: ReadonlySet<string>;
  readonly groups: ReadonlyMap<string, string>;
  readonly sessions: ReadonlySet<string>;
  readonly log: {
    readonly total: number;
    readonly last: number;
    readonly ids: number;
    readonly outbox: number;
  };
  readonly followers: readonly { readonly name: string; readonly position: number }[];
  /** Sign-ins that the follower which counts them has added up. */
  readonly countedSignIns: number;
}

/** What each follower of the log heeds. Its place may stay behind events that are nothing to it. */
export const heeded: Readonly<Record<string, readonly string[]>> = {
  'activity-days': ['user_login', 'admin_login'],
  mail: [
    'user_created',
    'user_invited',
    'sign_in_link_requested',
    'password_reset_requested',
    'registration_requested',
  ],
};

async function readState(client: pg.ClientBase): Promise<State> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const rows = async <Row>(text: string): Promise<Row[]> => (await client.query(text)).rows as Row[];
  const events = await rows<Event>(
    `SELECT sequence::int, action, target_id AS "targetId", detail FROM activity_events ORDER BY sequence`,
  );
  const users = await rows<{ id: string; email: string; role: string | null }>(
    `SELECT u.id, u.email, m.role FROM users u LEFT JOIN members m ON m.user_id = u.id WHERE u.email LIKE 'kill-%'`,
  );
  const invited = await rows<{ id: string }>(
    `SELECT user_id AS id FROM invitations WHERE user_id IS NOT NULL`,
  );
  const groups = await rows<{ id: string; name: string }>(`SELECT id, name FROM groups`);
  const sessions = await rows<{ id: string }>(`SELECT id FROM grants WHERE kind = 'session'`);
  const [log] = await rows<State['log']>(
    `SELECT count(*)::int AS total, coalesce(max(sequence), 0)::int AS last, count(DISTINCT id)::int AS ids,
            (SELECT count(*)::int FROM activity_outbox) AS outbox FROM activity_events`,
  );
  const followers = await rows<State['followers'][number]>(
    `SELECT name, position::int FROM activity_followers`,
  );
  const [counted] = await rows<{ total: number }>(
    `SELECT coalesce(sum(events), 0)::int AS total FROM activity_days`,
  );
  await client.query('COMMIT');
  return {
    events,
    users: new Map(users.map(({ id, email, role }) => [id, { email, role }])),
    invited: new Set(invited.map(({ id }) => id)),
    groups: new Map(groups.map(({ id, name }) => [id, name])),
    sessions: new Set(sessions.map(({ id }) => id)),
    log: log!,
    followers,
    countedSignIns: counted!.total,
  };
}

/** Judges a database by what its clients were told. */
export async function judge(client: pg.ClientBase, outcomes: readonly Outcome[]): Promise<Finding[]> {
  const state = await readState(client);
  const byKey = new Map<string, Event[]>();
  for (const event of state.events) {
    const key = keyOfEvent(event);
    if (key !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), event]);
  }
  return [
    { check: 'every acknowledged write is there', complaints: missingWrites(state, outcomes) },
    {
      check: 'every acknowledged write has exactly one numbered event',
      complaints: eventsOfWrites(byKey, outcomes),
    },
    { check: 'no write without its event', complaints: rowsWithoutEvent(state, byKey) },
    { check: 'no event without its write', complaints: eventsWithoutRow(state) },
    {
      check: 'no event twice',
      complaints: [...byKey].flatMap(([key, found]) =>
        found.length > 1 ? [`${key} has ${found.length} events`] : [],
      ),
    },
    { check: 'events are numbered from 1 without a gap, none waits', complaints: gaps(state) },
    { check: "events of one client stand in the client's order", complaints: disorder(byKey, outcomes) },
    { check: 'no event that a follower of the log heeds is left behind it', complaints: leftBehind(state) },
    { check: 'each sign-in is counted once', complaints: miscounted(state) },
  ];
}

function leftBehind({ followers, events }: State): string[] {
  const missing = Object.keys(heeded).filter((name) => !followers.some((one) => one.name === name));
  return [
    ...missing.map((name) => `${name} does not follow`),
    ...followers.flatMap(({ name, position }) => {
      const left = events.filter(
        ({ sequence, action }) => sequence > position && (heeded[name] ?? [action]).includes(action),
      );
      return left.length > 0 ? [`${name} is at ${position}, with ${left.length} events left`] : [];
    }),
  ];
}

function miscounted({ events, countedSignIns }: State): string[] {
  const signIns = events.filter(({ action }) => heeded['activity-days']!.includes(action)).length;
  return signIns === countedSignIns ? [] : [`${countedSignIns} are counted of ${signIns}`];
}

/** What tells one write from every other, as its event says it. */
function keyOfEvent({ action, targetId, detail }: Event): string | undefined {
  switch (action) {
    case 'user_created':
    case 'member_invited':
    case 'member_role_changed':
    case 'group_created':
    case 'group_deleted':
      return `${action} ${targetId}`;
    case 'group_updated':
      return `${action} ${targetId} ${(detail.name as { after: string } | undefined)?.after}`;
    case 'user_login':
      return `${action} ${detail.session_id}`;
    default:
      return undefined;
  }
}

/** The events that an acknowledged write must have, by the same key. */
function keysOfWrite({ write, acknowledged: id }: Outcome): string[] {
  switch (write.kind) {
    case 'user':
      return [`user_created ${id}`, `member_invited ${id}`];
    case 'role':
      return [`member_role_changed ${write.userId}`];
    case 'group':
      return [`group_created ${id}`];
    case 'rename':
      return [`group_updated ${write.groupId} ${write.name}`];
    case 'removal':
      return [`group_deleted ${write.groupId}`];
    case 'sign-in':
      return [`user_login ${id}`];
  }
}

function missingWrites(state: State, outcomes: readonly Outcome[]): string[] {
  const removals = new Set(
    outcomes.flatMap(({ write }) => (write.kind === 'removal' ? [write.groupId] : [])),
  );
  const renames = new Map<string, Outcome[]>();
  for (const outcome of outcomes)
    if (outcome.write.kind === 'rename')
      renames.set(outcome.write.groupId, [...(renames.get(outcome.write.groupId) ?? []), outcome]);
  const complaints: string[] = [];
  for (const { write, acknowledged: id } of outcomes) {
    if (id === undefined) continue;
    const lost = (what: string): void => void complaints.push(`${write.kind} ${id}: ${what}`);
    if (write.kind === 'user') {
      if (state.users.get(id)?.email !== write.email) lost('there is no such account');
      else if (state.users.get(id)!.role === null) lost('the account is in no workspace');
      else if (!state.invited.has(id)) lost('the account has no invitation');
    } else if (write.kind === 'role' && state.users.get(write.userId)?.role !== write.role)
      lost('has another role');
    else if (write.kind === 'sign-in' && !state.sessions.has(id)) lost('there is no such session');
    else if (write.kind === 'removal' && state.groups.has(write.groupId)) lost('the group is still there');
    // A removal that was sent may have happened, acknowledged or not.
    else if (write.kind === 'group' && !removals.has(id) && !state.groups.has(id))
      lost('there is no such group');
  }
  for (const [groupId, tries] of renames) {
    const current = state.groups.get(groupId);
    if (current === undefined) continue;
    const lastSure = tries.findLastIndex(({ acknowledged }) => acknowledged !== undefined);
    // The last acknowledged name, or one that was asked for later.
    const allowed = tries.slice(Math.max(0, lastSure)).map(({ write }) => (write as { name: string }).name);
    if (lastSure >= 0 && !allowed.includes(current)) complaints.push(`group ${groupId} has an older name`);
  }
  return complaints;
}

function eventsOfWrites(
  byKey: ReadonlyMap<string, readonly Event[]>,
  outcomes: readonly Outcome[],
): string[] {
  return outcomes
    .filter(({ acknowledged }) => acknowledged !== undefined)
    .flatMap(keysOfWrite)
    .filter((key) => byKey.get(key)?.length !== 1)
    .map((key) => `${key} has ${byKey.get(key)?.length ?? 0} events`);
}

function rowsWithoutEvent(state: State, byKey: ReadonlyMap<string, readonly Event[]>): string[] {
  const needed = [
    ...[...state.users].flatMap(([id, { role }]) => [
      `user_created ${id}`,
      `member_invited ${id}`,
      ...(role === 'editor' ? [`member_role_changed ${id}`] : []),
    ]),
    ...[...state.groups].map(([id]) => `group_created ${id}`),
    ...[...state.sessions].map((id) => `user_login ${id}`),
  ];
  const lastNames = new Map<string, unknown>();
  for (const { action, targetId, detail } of state.events)
    if (action === 'group_updated' && targetId)
      lastNames.set(targetId, (detail.name as { after: string } | undefined)?.after);
  return [
    ...needed.filter((key) => !byKey.has(key)).map((key) => `${key} is missing`),
    ...[...state.groups]
      .filter(([id, name]) => lastNames.has(id) && lastNames.get(id) !== name)
      .map(([id]) => `the name of group ${id} is not what its last event says`),
  ];
}

function eventsWithoutRow(state: State): string[] {
  const deleted = new Set(
    state.events.filter(({ action }) => action === 'group_deleted').map(({ targetId }) => targetId),
  );
  return state.events.flatMap(({ action, targetId, detail }) => {
    const email = detail.email;
    if (action === 'user_created' && typeof email === 'string' && email.startsWith('kill-'))
      return state.users.has(targetId!) ? [] : [`the account of event user_created ${targetId} is missing`];
    if (action === 'group_created')
      return state.groups.has(targetId!) !== deleted.has(targetId)
        ? []
        : [`group ${targetId} and its events differ`];
    if (action === 'member_role_changed' && state.users.has(targetId!))
      return state.users.get(targetId!)?.role === 'editor'
        ? []
        : [`the role of ${targetId} is not what its event says`];
    if (action === 'user_login')
      return state.sessions.has(String(detail.session_id)) ? [] : [`the session of ${targetId} is missing`];
    return [];
  });
}

function gaps({ log }: State): string[] {
  const complaints: string[] = [];
  if (log.total !== log.last) complaints.push(`${log.total} events, the last number is ${log.last}`);
  if (log.ids !== log.total) complaints.push(`${log.total} events, ${log.ids} ids`);
  if (log.outbox > 0) complaints.push(`${log.outbox} events are not numbered`);
  return complaints;
}

function disorder(byKey: ReadonlyMap<string, readonly Event[]>, outcomes: readonly Outcome[]): string[] {
  const last = new Map<number, number>();
  const complaints: string[] = [];
  for (const outcome of outcomes) {
    if (outcome.acknowledged === undefined) continue;
    const sequence = byKey.get(keysOfWrite(outcome)[0]!)?.[0]?.sequence;
    if (sequence === undefined) continue;
    if (sequence < (last.get(outcome.writer) ?? 0))
      complaints.push(
        `writer ${outcome.writer}: ${outcome.write.kind} ${outcome.number} has an earlier number than the write before it`,
      );
    last.set(outcome.writer, sequence);
  }
  return complaints;
}
