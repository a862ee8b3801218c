import { createPlatform, readSettings } from '@castellan/server';
import pino from 'pino';

/**
 * A process of its own that makes one change at a product through a platform of its own, on the database that the test has. It is
 * there to be killed while it waits. Its environment has `DATABASE_URL`, the settings, and `ASK_COOKIE`, `ASK_PATH`, `ASK_BODY`, `ASK_ID`.
 */
const { env } = process;
const settings = readSettings(env);
const platform = await createPlatform({
  settings,
  connection: { connectionString: settings.DATABASE_URL! },
  log: pino({ level: 'silent' }),
  processMetrics: false,
});
await platform.adminListener.inject({
  method: 'POST',
  url: env.ASK_PATH!,
  headers: {
    cookie: env.ASK_COOKIE!,
    origin: settings.ADMIN_URL,
    'x-requested-with': 'test',
    'x-correlation-id': env.ASK_ID!,
    'content-type': 'application/json',
  },
  payload: env.ASK_BODY!,
});
await platform.close();
