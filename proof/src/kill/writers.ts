/**
 * The clients: one process with many writers, apart from the tree that is killed. Each writes its own log line before
 * a request leaves and another when the answer is there.
 */
import { randomUUID } from 'node:crypto';
import { openClientLog, type Write } from './client-log.ts';

/** What the writers are told by the process that started them. */
export interface Orders {
  readonly logPath: string;
  readonly publicUrl: string;
  readonly adminUrl: string;
  readonly cookie: string;
  readonly workspaceId: string;
  readonly service: string;
  readonly password: string;
  readonly signInEmails: readonly string[];
  readonly writers: number;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const patienceMs = 10_000;

async function ask(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

function startWriters(orders: Orders): void {
  const log = openClientLog(orders.logPath);
  const headers = { cookie: orders.cookie, origin: orders.adminUrl, 'x-requested-with': 'castellan' };
  let acknowledged = 0;
  let running = orders.writers;

  /** Carries out one write. @returns its id, or `undefined` when it was refused. @throws when no answer came */
  const carryOut = async (writer: number, number: number, write: Write): Promise<string | undefined> => {
    log({ writer, number, at: 'sent', write });
    const { status, body } = await request(orders, headers, write);
    if (status >= 300) {
      log({ writer, number, at: 'refused', status });
      // A server that is overloaded, or on its way out, is not hammered.
      await new Promise((resolve) => setTimeout(resolve, 50));
      return undefined;
    }
    const id = String(body.id ?? body.session_id ?? ('groupId' in write ? write.groupId : ''));
    log({ writer, number, at: 'acknowledged', id });
    acknowledged++;
    if (acknowledged % 20 === 0) process.send!({ acknowledged });
    return id;
  };

  const writeOn = async (writer: number): Promise<void> => {
    let number = 0;
    const next = (write: Write) => carryOut(writer, number++, write);
    for (;;) {
      if (writer < orders.signInEmails.length) {
        await next({ kind: 'sign-in', email: orders.signInEmails[writer]! });
        continue;
      }
      const userId = await next({ kind: 'user', email: `kill-${randomUUID()}@example.com` });
      if (userId) await next({ kind: 'role', userId, role: 'editor' });
      const groupId = await next({ kind: 'group', name: `kill ${randomUUID()}` });
      if (!groupId) continue;
      await next({ kind: 'rename', groupId, name: `kill ${randomUUID()}` });
      await next({ kind: 'rename', groupId, name: `kill ${randomUUID()}` });
      if (number % 3 === 0) await next({ kind: 'removal', groupId });
    }
  };

  for (let writer = 0; writer < orders.writers; writer++)
    writeOn(writer).catch(() => {
      // No answer came: the server is gone. What was sent may or may not have happened.
      running--;
      if (running === 0) process.disconnect();
    });
}

function request(orders: Orders, headers: Readonly<Record<string, string>>, write: Write): Promise<Answer> {
  const admin = `${orders.adminUrl}/admin`;
  switch (write.kind) {
    case 'user':
      return ask(`${admin}/users`, 'POST', headers, {
        email: write.email,
        name: 'Killed Or Not',
        workspace_id: orders.workspaceId,
        role: 'viewer',
      });
    case 'role':
      return ask(`${admin}/workspaces/${orders.workspaceId}/members/${write.userId}`, 'PATCH', headers, {
        role: write.role,
      });
    case 'group':
      return ask(`${admin}/workspaces/${orders.workspaceId}/groups`, 'POST', headers, { name: write.name });
    case 'rename':
      return ask(`${admin}/groups/${write.groupId}`, 'PATCH', headers, { name: write.name });
    case 'removal':
      return ask(`${admin}/groups/${write.groupId}`, 'DELETE', headers);
    case 'sign-in':
      return ask(
        `${orders.publicUrl}/auth/login`,
        'POST',
        {},
        { email: write.email, password: orders.password, service: orders.service },
      );
  }
}

process.once('message', (orders: Orders) => startWriters(orders));
process.send?.('ready');
