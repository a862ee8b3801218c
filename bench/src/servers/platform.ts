/**
 * The platform without the command around it, so that a part can be exchanged: with `--remembered` the facts of a
 * token are read from the database once and then answered from memory, which is the session check's floor.
 * With `--in-turns` these answers wait for the end of the event loop's turn, as look-ups that share a query do:
 * answering in bursts is itself cheaper, and that gain is not the database's. With `--checks-remembered` decisions about
 * resources are answered from memory as well.
 */
import {
  type Access,
  type Authority,
  createPlatform,
  createServerLog,
  readSettings,
} from '@castellan/server';

function remembering(fresh: Authority): Authority {
  const grants = new Map<string, ReturnType<Authority['consoleGrant']>>();
  const keys = new Map<string, ReturnType<Authority['serviceKey']>>();
  const tokens = new Map<string, ReturnType<Authority['tokenFacts']>>();
  const remember = <T>(known: Map<string, T>, key: string, read: () => T): T => {
    let answer = known.get(key);
    if (answer === undefined) {
      answer = read();
      known.set(key, answer);
    }
    return answer;
  };
  return {
    consoleGrant: (grantId) => remember(grants, grantId, () => fresh.consoleGrant(grantId)),
    serviceKey: (digest) => remember(keys, digest.toString('base64'), () => fresh.serviceKey(digest)),
    tokenFacts: (question) =>
      remember(tokens, Object.values(question).map(asKey).join(' '), () => fresh.tokenFacts(question)),
  };
}

const asKey = (value: unknown): string => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value));

let turn: Promise<void> | undefined;
function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      resolve();
    });
  });
  return turn;
}

function rememberingInTurns(fresh: Authority): Authority {
  const remembered = remembering(fresh);
  return {
    consoleGrant: async (grantId) => {
      await endOfTurn();
      return remembered.consoleGrant(grantId);
    },
    serviceKey: async (digest) => {
      await endOfTurn();
      return remembered.serviceKey(digest);
    },
    tokenFacts: async (question) => {
      await endOfTurn();
      return remembered.tokenFacts(question);
    },
  };
}

/** Decisions from memory: what is left is the route without its look-up. */
function rememberingChecks(fresh: Access): Access {
  const known = new Map<string, ReturnType<Access['checkResources']>>();
  return {
    ...fresh,
    checkResources: (questions) => {
      const name = questions
        .map(({ subject, type, key, right }) => `${subject.userId} ${type} ${key} ${right}`)
        .join('\n');
      let answer = known.get(name);
      if (answer === undefined) {
        answer = fresh.checkResources(questions);
        known.set(name, answer);
      }
      return answer;
    },
  };
}

const authorities: Readonly<Record<string, (fresh: Authority) => Authority>> = {
  '--remembered': remembering,
  '--in-turns': rememberingInTurns,
};
const authority = authorities[process.argv[2] ?? ''];
const access = process.argv.includes('--checks-remembered') ? rememberingChecks : undefined;
const settings = readSettings(process.env);
const platform = await createPlatform({
  settings,
  connection: { connectionString: settings.DATABASE_URL },
  log: createServerLog(settings.LOG_LEVEL).log,
  ...(authority ? { authority } : {}),
  ...(access ? { access } : {}),
});
await platform.publicListener.listen({ host: settings.PUBLIC_HOST, port: settings.PUBLIC_PORT });
await platform.adminListener.listen({ host: settings.ADMIN_HOST, port: settings.ADMIN_PORT });
