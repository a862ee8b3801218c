import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import type { Logger } from 'pino';
import { browserParts } from './browser-parts.ts';
import type { Access } from './domains/access/access.ts';
import { createAccess } from './domains/access/create-access.ts';
import { authzenRoutes } from './domains/access-api/authzen-routes.ts';
import { createRefusedChecks } from './domains/access-api/refused-checks.ts';
import { createFindWorkspaces } from './domains/access-api/resource-workspaces.ts';
import { accessApiRoutes } from './domains/access-api/routes.ts';
import { accessExplainRoutes } from './domains/access-explain/routes.ts';
import { createAccountFrame } from './domains/account/account-frame.ts';
import { createBrandOf } from './domains/account/brand.ts';
import { oauthErrorPage } from './domains/account/oauth-error-page.ts';
import { accountRefusalPage } from './domains/account/refusal-page.ts';
import { createSignInCompletion } from './domains/account/sign-in-completed.ts';
import { createBrowserSessions } from './domains/browser-sessions/browser-session.ts';
import { activityDaysFollower } from './domains/dashboard/count-by-day.ts';
import { createGuessing } from './domains/factors/easy-to-guess.ts';
import { relyingPartyOf } from './domains/factors/factor-deps.ts';
import { applyProviderSettings } from './domains/federation/providers-of-settings.ts';
import { createAuthentication } from './domains/grants/authentication.ts';
import { type Authority, createAuthority } from './domains/grants/authority.ts';
import { confirmRight } from './domains/grants/confirm-right.ts';
import { createKeyUse } from './domains/grants/key-use.ts';
import { startImportRunner } from './domains/imports/import-runner.ts';
import { invitationRoutes } from './domains/invitations/routes.ts';
import { mailFollower } from './domains/mailbox/mail-follower.ts';
import { startMailSender } from './domains/mailbox/mail-sender.ts';
import { startBackchannelLogout } from './domains/oauth/backchannel-logout.ts';
import { createOAuth } from './domains/oauth/create-oauth.ts';
import type { Interactions } from './domains/oauth/interactions.ts';
import { createTokenEndpoints } from './domains/oauth-tokens/endpoints.ts';
import { serveExchange, serveOrdinary, tokenRoutes } from './domains/oauth-tokens/routes.ts';
import { serviceCallRoutes } from './domains/oauth-tokens/service-call-routes.ts';
import { operationRoutes } from './domains/operations/routes.ts';
import { startSweeper } from './domains/operations/sweeper.ts';
import { createPasswordHasher } from './domains/sign-in/password-hasher.ts';
import { signInRoutes } from './domains/sign-in/routes.ts';
import { createSignInLimits } from './domains/sign-in/sign-in-limits.ts';
import { stepUpRoutes } from './domains/sign-in/step-up-routes.ts';
import { operatorParts } from './operator-parts.ts';
import { type FollowerRun, runFollower } from './platform/activity/follower.ts';
import { type Sequencer, startSequencer } from './platform/activity/sequencer.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import type { Settings } from './platform/config.ts';
import { newId } from './platform/database/identifiers.ts';
import { installation } from './platform/database/schema.ts';
import { createDatabase, type Database, sql } from './platform/database/transaction.ts';
import { consoleFiles } from './platform/http/console-files.ts';
import { createGuardedFetch } from './platform/http/guarded-fetch.ts';
import type { Implementation } from './platform/http/implementation.ts';
import { createCursors } from './platform/http/keyset.ts';
import { createListener } from './platform/http/listener.ts';
import { createMetrics } from './platform/http/metrics.ts';
import { createJwts, type Jwts } from './platform/keys/jwt.ts';
import { openSigningKeys, type SigningKeys } from './platform/keys/signing-keys.ts';
import { loggableError } from './platform/loggable-error.ts';
import { createMailer } from './platform/mail/mailer.ts';
import { registerPageAssets } from './platform/pages/assets.ts';
import { pageRoutes } from './platform/pages/routes.ts';
import { readPageScripts } from './platform/pages/scripts.ts';
import { createVault, type Vault } from './platform/secrets/vault.ts';

const followAgainMs = 10_000;

/** What the platform is put together from; the settings and the connection decide everything else. */
export interface PlatformOptions {
  readonly settings: Settings;
  /** Where the database is; migrated already. */
  readonly connection: pg.ClientConfig;
  readonly log: Logger;
  readonly clock?: Clock;
  /** The console's built files; without them the admin listener serves its API alone. */
  readonly consoleDirectory?: string | undefined;
  /** The built scripts of the account pages; without them the pages offer no passkeys. */
  readonly accountDirectory?: string | undefined;
  /** Node's own figures in `/metrics`; off in tests that make many platforms in one process. */
  readonly processMetrics?: boolean;
  /** Puts another authority before the one that reads the database: measurements of what reading it costs. */
  readonly authority?: (fresh: Authority) => Authority;
  /** The same for what answers checks. */
  readonly access?: (fresh: Access) => Access;
}

/** A running platform: everything is built here, once, and each part is given only what it uses. */
export interface Platform {
  readonly publicListener: FastifyInstance;
  readonly adminListener: FastifyInstance;
  readonly implementations: readonly Implementation[];
  /** The pages' side of the provider. */
  readonly interactions: Interactions;
  readonly database: Database;
  readonly keys: SigningKeys;
  readonly jwts: Jwts;
  readonly vault: Vault;
  /** Waits until everything committed so far is numbered in the event log, and seen by those who follow it. */
  settled(): Promise<void>;
  /** Stops taking requests, finishes those under way, then ends the rest. */
  close(): Promise<void>;
}

/**
 * Look-ups by key: with PostgreSQL's default, made for spinning disks, tables of some hundred rows are read whole, and the plans
 * that are kept for a table's small days take twice the time.
 */
const plannerOptions = '-c random_page_cost=1.1';

/** Puts the platform together, without opening its listeners. */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { settings, connection, clock = systemClock } = options;
  const log = options.log.child({}, { serializers: { err: loggableError } });
  const pool = new pg.Pool({
    connectionTimeoutMillis: 5000,
    ...connection,
    max: settings.DATABASE_CONNECTIONS,
    application_name: 'castellan',
    // A transaction's first and last queries travel with its BEGIN and COMMIT.
    pipeline: true,
    statement_timeout: 30_000,
    options: plannerOptions,
  });
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  // One that is being ended may be lost as well: nobody waits for it, and it must not end the process.
  pool.on('connect', (client) => client.on('error', () => {}));

  let stopping = false;
  let sequencer: Sequencer | undefined;
  const followers: FollowerRun[] = [];
  const database = createDatabase(pool, clock, () => sequencer?.nudge());
  const vault = createVault(settings.KEY_ENCRYPTION_SECRET);
  await database.db.insert(installation).values({ id: newId() }).onConflictDoNothing();
  const keys = await openSigningKeys({
    database,
    vault,
    clock,
    onReloadFailed: (error) => log.warn({ err: error }, 'the signing keys could not be read again'),
  }).catch(async (error: unknown) => {
    await pool.end(); // A pool that nobody ends would keep the process for as long as its connections idle.
    throw error;
  });
  await applyProviderSettings(database, vault, settings.IDENTITY_PROVIDERS).catch(async (error: unknown) => {
    keys.stop();
    await pool.end();
    throw error;
  });
  const jwts = createJwts(keys, clock);
  const metrics = createMetrics({ processMetrics: options.processMetrics ?? true });
  const fresh = createAuthority(pool, clock);
  const authority = options.authority?.(fresh) ?? fresh;
  const browserSessions = createBrowserSessions({ database, clock, cookieSecure: settings.COOKIE_SECURE });
  const relyingParty = relyingPartyOf(settings.PUBLIC_URL, settings.ADMIN_URL);
  const factors = { database, vault, clock, relyingParty };
  const completion = createSignInCompletion({
    database,
    browserSessions,
    factors,
    adminEmails: settings.ADMIN_EMAILS,
    secure: settings.COOKIE_SECURE,
  });
  const accountFrame = createAccountFrame({
    secure: settings.COOKIE_SECURE,
    brandOf: createBrandOf(() => oauth.interactions),
  });
  const cursors = createCursors(vault);
  const hasher = createPasswordHasher({ onQueueLength: (length) => metrics.passwordQueueLength.set(length) });
  const passwords = { database, hasher, clock, jwts, adminEmails: settings.ADMIN_EMAILS };

  const nudgeFollowers = (): void => {
    for (const follower of followers) follower.nudge();
  };
  const importRunner = startImportRunner({ database, log, onIdle: nudgeFollowers });
  const mailer = createMailer({ smtpUrl: settings.SMTP_URL, from: settings.MAIL_FROM });
  const delivers = mailer.configured;
  const publicUrl = settings.PUBLIC_URL;
  const mailSender = startMailSender({ database, mailer, vault, clock, log, publicUrl });

  const isEasyToGuess = createGuessing();
  const pageScripts = readPageScripts(options.accountDirectory);
  const tokenEndpoints = createTokenEndpoints({
    authority,
    database,
    vault,
    keys,
    jwts,
    clock,
    issuer: publicUrl,
    fetch: createGuardedFetch({ allow: settings.OUTBOUND_ALLOW }),
    adminEmails: settings.ADMIN_EMAILS,
    noteKeyUse: (keyId) => keyUse.note(keyId),
    noteSecretUse: (secretId) => keyUse.noteSecret(secretId),
  });
  const tokenRouteDeps = { endpoints: tokenEndpoints, log, onRefused: metrics.oauthRefused };

  const outboundFetch = createGuardedFetch({ allow: settings.OUTBOUND_ALLOW });
  const platform = { settings, database, clock, vault, keys, jwts, metrics, log };
  const oauth = createOAuth({
    ...platform,
    browserSessions,
    fetch: outboundFetch,
    noteSecretUse: (secretId) => keyUse.noteSecret(secretId),
    serveExchange: serveExchange(tokenRouteDeps),
    serveOrdinary: serveOrdinary(tokenRouteDeps),
    errorPage: oauthErrorPage,
  });

  const operators = operatorParts({
    ...platform,
    cursors,
    delivers,
    nudgeImports: () => importRunner.nudge(),
  });
  const consoleLimits = createSignInLimits(pool, 'console');

  const freshAccess = createAccess({ pool });
  const checking = {
    access: options.access?.(freshAccess) ?? freshAccess,
    noteRefused: createRefusedChecks({ metrics, clock, log }),
  };
  const implementations: Implementation[] = [
    ...operationRoutes({
      database,
      keys,
      metrics,
      urls: { public: settings.PUBLIC_URL, admin: settings.ADMIN_URL },
      stopping: () => stopping,
    }),
    ...signInRoutes({
      authority,
      factors,
      people: {
        ...passwords,
        vault,
        issuer: settings.PUBLIC_URL,
        limits: createSignInLimits(pool, 'service'),
        refusedAction: 'user_login_refused',
      },
      operators: {
        ...passwords,
        cookieSecure: settings.COOKIE_SECURE,
        relyingParty,
        limits: consoleLimits,
        refusedAction: 'admin_login_refused',
      },
    }),
    ...browserParts({
      settings,
      database,
      clock,
      vault,
      cursors,
      hasher,
      passwords,
      frame: accountFrame,
      browserSessions,
      completion,
      factors,
      interactions: oauth.interactions,
      isEasyToGuess,
      passkeyScripts: pageScripts.passkeys,
    }),
    ...tokenRoutes(tokenRouteDeps),
    ...serviceCallRoutes({ database }),
    ...stepUpRoutes({
      factors,
      passwords: { ...passwords, limits: consoleLimits, refusedAction: 'admin_login_refused' },
    }),
    ...operators.implementations,
    ...accessApiRoutes({ ...checking, authority, jwts, issuer: publicUrl, database, cursors }),
    ...authzenRoutes({
      ...checking,
      publicUrl,
      cursors,
      pool,
      findWorkspaces: createFindWorkspaces(pool),
    }),
    ...accessExplainRoutes({ database }),
    ...oauth.implementations,
    ...invitationRoutes({
      database,
      clock,
      hashPassword: (password) => hasher.hash(password),
      isEasyToGuess,
      frame: accountFrame,
      completion,
      publicUrl,
    }),
    ...pageRoutes(),
  ];

  const listenerOptions = {
    publicUrl: settings.PUBLIC_URL,
    trustedProxies: settings.TRUSTED_PROXIES,
    implementations,
    authenticate: createAuthentication({
      authority,
      jwts,
      metricsToken: settings.METRICS_TOKEN,
      noteKeyUse: (keyId) => keyUse.note(keyId),
      browserSessions,
    }),
    confirmRight,
    database,
    log,
    metrics,
  };
  const publicListener = await createListener({
    ...listenerOptions,
    listener: 'public',
    ownUrl: settings.PUBLIC_URL,
    refusalPage: (refused) => accountRefusalPage({ ...refused, secure: settings.COOKIE_SECURE }),
    extend: async (app) => {
      registerPageAssets(app);
      pageScripts.register(app);
    },
    isRegisteredOrigin: async (origin) => {
      const found = await database.db.execute(
        sql`SELECT 1 FROM services WHERE ${origin} = ANY (origins) LIMIT 1`,
      );
      return found.rows.length > 0;
    },
  });
  const consoleParts = options.consoleDirectory ? await consoleFiles(options.consoleDirectory) : undefined;
  const adminListener = await createListener({
    ...listenerOptions,
    listener: 'admin',
    ownUrl: settings.ADMIN_URL,
    ...consoleParts,
    extend: async (app) => {
      registerPageAssets(app);
      await consoleParts?.extend(app);
    },
  });

  // What follows the log waits for an import to finish, rather than take the processor from it.
  const followLog = (): void => {
    if (!importRunner.isBusy()) nudgeFollowers();
  };
  sequencer = startSequencer({ connection, log, onNumbered: followLog });
  // Whoever numbered an event may be gone before it was followed, or another replica may have been at it or have
  // failed: nothing is to wait for the next event, which may come days later.
  const followAgain = setInterval(followLog, followAgainMs);
  followAgain.unref();
  const follower = mailFollower({
    vault,
    delivers,
    language: settings.LANGUAGE,
    onQueued: () => mailSender.nudge(),
  });
  const shouldWait = (): boolean => importRunner.isBusy();
  followers.push(runFollower({ database, follower, log, shouldWait }));
  followers.push(runFollower({ database, follower: activityDaysFollower, log, shouldWait }));
  nudgeFollowers(); // What was numbered while nothing ran.
  const keyUse = createKeyUse({ database, clock, log });
  const logouts = startBackchannelLogout({
    database,
    clock,
    keys,
    fetch: outboundFetch,
    issuer: publicUrl,
    log,
  });
  const sweeper = startSweeper({ database, clock, log });
  const reconciler = operators.startReconciler();

  return {
    publicListener,
    adminListener,
    implementations,
    interactions: oauth.interactions,
    database,
    keys,
    jwts,
    vault,
    async settled() {
      await sequencer!.drain();
      await Promise.all(followers.map((follower) => follower.caughtUp()));
    },
    async close() {
      stopping = true;
      await Promise.all([publicListener.close(), adminListener.close()]);
      clearInterval(followAgain);
      sweeper.stop();
      await reconciler.stop();
      await logouts.stop();
      await keyUse.stop();
      await importRunner.stop();
      await mailSender.stop();
      keys.stop();
      await Promise.all(followers.map((follower) => follower.stop()));
      await sequencer?.stop();
      await pool.end();
    },
  };
}
