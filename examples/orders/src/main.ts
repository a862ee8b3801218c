import { createCastellan } from '@castellan/sdk';
import { keepRegistering } from './access.ts';
import { createOrdersApp } from './app.ts';
import { readConfig } from './config.ts';
import { connect } from './database/connect.ts';
import { fillSample, readSampleFile } from './sample/fill.ts';

/** Starts the product, and stops it when asked: requests under way are finished. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const castellan = createCastellan({
    issuer: config.CASTELLAN_ISSUER,
    service: config.CASTELLAN_SERVICE,
    serviceKey: config.CASTELLAN_SERVICE_KEY,
  });
  const { pool, database } = await connect(config.DATABASE_URL, (error) =>
    app.log.warn({ err: error }, 'A database connection ended'),
  );
  const { CASTELLAN_CLIENT_ID: clientId, CASTELLAN_CLIENT_SECRET: clientSecret } = config;
  const ownUrl = new URL(config.ORDERS_URL ?? `http://${config.HOST}:${config.PORT}`).origin;
  const app = createOrdersApp({
    castellan,
    database,
    logLevel: config.LOG_LEVEL,
    acting: { ownUrl, serviceKey: config.CASTELLAN_SERVICE_KEY },
    ...(clientId && clientSecret ? { oauth: { clientId, clientSecret, ownUrl } } : {}),
  });

  const leaving = new AbortController();
  const stop = (signal: string): void => {
    if (leaving.signal.aborted) return;
    leaving.abort();
    app.log.info({ signal }, 'Stopping');
    app
      .close()
      .then(() => pool.end())
      .catch((error: unknown) => {
        app.log.error({ err: error }, 'Stopping failed');
        process.exitCode = 1;
      });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);

  if (config.ORDERS_SAMPLE_FILE !== undefined) {
    const filled = await fillSample(pool, await readSampleFile(config.ORDERS_SAMPLE_FILE), new Date());
    if (filled !== null) app.log.info(filled, 'Filled sample orders');
  }
  await app.listen({ host: config.HOST, port: config.PORT });
  await keepRegistering(castellan, database, app.log, leaving.signal);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
  // Pools and listeners that were opened before the failure would keep the process alive.
  setImmediate(() => process.exit());
});
