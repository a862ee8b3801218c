import type { House } from '../house.ts';
import { writeRequest } from '../load/connection.ts';
import { type ServerProcess, serverScript } from '../machine/server-process.ts';
import { compare, figuresOf } from '../measure.ts';
import type { WorkloadResult } from '../report.ts';
import { signInPeople } from '../sign-in-client.ts';
import { sessionCheckLoad } from './session-check.ts';

const account = { email: 'person@peer.example', password: 'measured again and again', name: 'Bench Person' };

/** Signs somebody up at the peer. @returns the `Cookie` header */
async function signUpAtPeer({ publicTarget: { host, port } }: ServerProcess): Promise<string> {
  const url = `http://${host}:${port}`;
  const response = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(account),
  });
  if (!response.ok)
    throw new Error(`The peer refused a sign-up: ${response.status} ${await response.text()}`);
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

/** The session check beside better-auth's, both asking PostgreSQL on every call. */
export async function measureSessionCheckPeers(house: House): Promise<WorkloadResult> {
  await house.pool.query('CREATE SCHEMA better_auth');
  const ours = await house.platform();
  const peer = await house.run(serverScript('better-auth'));
  try {
    const tokens = await signInPeople(house, ours);
    const request = writeRequest('GET', '/api/auth/get-session', peer.publicTarget, {
      cookie: await signUpAtPeer(peer),
    });
    const figures = await compare(
      house,
      [
        { name: 'castellan', server: ours, load: sessionCheckLoad(house, ours, tokens) },
        {
          name: 'better-auth 1.6.30',
          server: peer,
          load: { target: peer.publicTarget, next: () => request, mustContain: account.email },
        },
      ],
      { rounds: 3, seconds: 2, inFlight: [1, 32, 256] },
    );
    const perSecond = (variant: string, load: string): number => figuresOf(figures, variant, load).perSecond;
    return {
      title: 'Session check beside better-auth',
      method:
        '`POST /v1/sessions/check` with a service key and an access token, those of 16 people in turn, beside `GET /api/auth/get-session` of better-auth 1.6.30 with its session cookie; both ask PostgreSQL on every call (ours remembers what it read and asks whether it changed; its cookie cache is off), both accounts have argon2id with 19 MiB, 2 passes, 1 lane.',
      goals: ['32 in flight', '256 in flight'].map((load) => ({
        name: `answers per second, ${load}, times better-auth`,
        measured: perSecond('castellan', load) / perSecond('better-auth 1.6.30', load),
        unit: '',
        atLeast: 15,
      })),
      figures,
    };
  } finally {
    await Promise.all([ours.stop(), peer.stop()]);
  }
}
