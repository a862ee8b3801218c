import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeTakenDoors, readDoors } from './doors.ts';
import { describeHouse, type SignIn } from './welcome.ts';
import { repositoryRoot } from './workspaces.ts';

/** It builds what is stale first. */
const patienceMs = 240_000;

interface Run {
  readonly process: ChildProcess;
  readonly output: () => string;
}

describe('npm start', () => {
  let base: string;
  let directory: string;
  let ports: readonly [number, number, number];
  const runs: Run[] = [];

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'castellan-start-'));
    await chmod(base, 0o711);
    directory = join(base, 'house');
    ports = [await freePort(), await freePort(), await freePort()];
  });
  afterAll(async () => {
    for (const run of runs) if (run.process.exitCode === null) run.process.kill('SIGINT');
    await Promise.all(
      runs.map(({ process: child }) => child.exitCode ?? child.signalCode ?? once(child, 'exit')),
    );
    await rm(base, { recursive: true, force: true });
  });

  const start = (): Run => {
    const [publicPort, adminPort, ordersPort] = ports;
    const child = spawn(process.execPath, ['scripts/start.ts', '--directory', directory], {
      cwd: repositoryRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        // Vitest's own would reach the programs that are started.
        NODE_ENV: undefined,
        PUBLIC_PORT: String(publicPort),
        ADMIN_PORT: String(adminPort),
        ORDERS_PORT: String(ordersPort),
      },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
    const run = { process: child, output: () => text };
    runs.push(run);
    return run;
  };
  const ready = async (run: Run): Promise<void> => {
    await expect
      .poll(() => run.output().includes('Castellan is ready') || run.process.exitCode !== null, {
        timeout: patienceMs,
      })
      .toBe(true);
    expect(run.output()).toContain('Castellan is ready');
  };
  const everybodyLeft = async (): Promise<void> => {
    const doors = readDoors({
      PUBLIC_PORT: String(ports[0]),
      ADMIN_PORT: String(ports[1]),
      ORDERS_PORT: String(ports[2]),
    });
    await expect.poll(() => describeTakenDoors(Object.values(doors)), { timeout: 15_000 }).toEqual([]);
    await expect
      .poll(() => existsSync(join(directory, 'database', 'postgresql', 'postmaster.pid')), {
        timeout: 15_000,
      })
      .toBe(false);
  };

  it('opens three doors, prints sign-ins that work, and ends all of it on Ctrl-C', {
    timeout: patienceMs,
  }, async () => {
    const run = start();
    await ready(run);
    const pages = [`http://localhost:${ports[1]}/`, `http://localhost:${ports[2]}/`];
    for (const page of pages) {
      const answer = await fetch(page, { headers: { accept: 'text/html' } });
      expect([page, answer.status]).toEqual([page, 200]);
    }
    const { signins } = JSON.parse(await readFile(join(directory, 'sample.json'), 'utf8')) as {
      signins: SignIn[];
    };
    const { email, password } = signins.find(({ where }) => where === 'orders')!;
    expect(run.output()).toContain(`${email}`);
    expect(run.output()).toContain(password);
    const signedIn = await fetch(`http://localhost:${ports[0]}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password, service: 'orders' }),
    });
    expect(signedIn.status).toBe(200);

    run.process.kill('SIGINT');
    expect(await once(run.process, 'exit')).toEqual([0, null]);
    await everybodyLeft();
  });

  it('leaves nobody behind when it is killed, and starts again on the same data', {
    timeout: patienceMs,
  }, async () => {
    const killed = start();
    await ready(killed);
    const before = await readFile(join(directory, 'sample.json'), 'utf8');
    killed.process.kill('SIGKILL');
    await everybodyLeft();
    const again = start();
    await ready(again);
    expect(await readFile(join(directory, 'sample.json'), 'utf8')).toBe(before);
  });

  it('names a taken port and the setting that changes it', async () => {
    const second = start();
    expect(await once(second.process, 'exit')).toEqual([1, null]);
    expect(second.output()).toContain(`Port ${ports[0]} for the platform is taken`);
    expect(second.output()).toContain('PUBLIC_PORT=');
    expect(second.output()).toContain('ORDERS_PORT=');
  });
});

describe('doors', () => {
  it('refuses a setting that is no port', () => {
    expect(() => readDoors({ ADMIN_PORT: 'front' })).toThrow('ADMIN_PORT is front');
  });

  it('tells when two settings name the same port', async () => {
    const port = String(await freePort());
    const doors = readDoors({ PUBLIC_PORT: port, ADMIN_PORT: port, ORDERS_PORT: String(await freePort()) });
    expect(await describeTakenDoors(Object.values(doors))).toContain(
      `ADMIN_PORT is the port of another door: ${port}.`,
    );
  });
});

describe('welcome page', () => {
  const signIns = [
    { where: 'console', role: 'administrator', email: 'ada@example.com', password: 'one' },
    {
      where: 'orders',
      role: 'editor: may create orders',
      email: 'linnea.long.name@example.com',
      password: 'twotwo',
    },
  ];
  const house = {
    consoleUrl: 'http://localhost:9004',
    platformUrl: 'http://localhost:9003',
    ordersUrl: 'http://localhost:9005',
    signIns,
    directory: '.castellan',
    seconds: 2.04,
  };

  it('lines its columns up, with colours and without', () => {
    const plain = describeHouse(house, false);
    expect(plain).toContain('  console   ada@example.com                one      administrator');
    expect(plain).toContain('  orders    linnea.long.name@example.com   twotwo   editor: may create orders');
    const coloured = describeHouse(house, true);
    expect(coloured).not.toBe(plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('is narrow enough for a terminal of 100 columns', () => {
    for (const line of describeHouse(house, false).split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, 'localhost', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
