import { createServer, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port that `npm start` opens, and the setting that moves it. */
export interface Door {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly setting: string;
}

/** The doors as the environment sets them. */
export function readDoors(
  environment: NodeJS.ProcessEnv,
): Readonly<Record<'public' | 'admin' | 'orders', Door>> {
  const door = (name: string, setting: string, usual: number, host: string): Door => {
    const port = Number(environment[setting] || usual);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new Error(`${setting} is ${environment[setting]}, and should be a port between 1 and 65535.`);
    return { name, host, port, setting };
  };
  return {
    public: door('the platform', 'PUBLIC_PORT', 9003, 'localhost'),
    admin: door('the console', 'ADMIN_PORT', 9004, 'localhost'),
    orders: door('the orders product', 'ORDERS_PORT', 9005, '127.0.0.1'),
  };
}

/** A sentence for each door that somebody else has opened already. */
export async function describeTakenDoors(doors: readonly Door[]): Promise<readonly string[]> {
  const sentences = await Promise.all(
    doors.map(async (door) => {
      const code = await tryToListen(door);
      if (code === undefined) return [];
      const why = code === 'EADDRINUSE' ? 'is taken' : `can't be opened (${code})`;
      return [
        `Port ${door.port} for ${door.name} ${why}. Choose another: ${door.setting}=${door.port + 100} npm start`,
      ];
    }),
  );
  const same = doors.filter((door, index) => doors.findIndex(({ port }) => port === door.port) !== index);
  return [
    ...sentences.flat(),
    ...same.map((door) => `${door.setting} is the port of another door: ${door.port}.`),
  ];
}

function tryToListen({ host, port }: Door): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Waits until somebody answers at a door. */
export async function waitForDoor({ host, port }: Door, signal: AbortSignal): Promise<void> {
  while (!(await answers(host, port))) await sleep(25, undefined, { signal });
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    socket.once('error', () => resolve(false));
    socket.connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
  });
}
