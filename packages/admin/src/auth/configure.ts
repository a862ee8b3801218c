import { AdminSetupError } from '../models/setup-error.ts';
import { type AdminAuth, type AdminAuthOptions, readAuthOptions } from './settings.ts';

/** The one thing of a process that is remembered: that set-up happens once, and in order (A13). */
let configured: AdminAuth | undefined;
let isUsed = false;

/**
 * Says who signs admin tokens, for which service, and where the models are. The first of three steps: call it once, at start.
 *
 * @throws AdminSetupError `CONFIGURATION_ORDER_ERROR` when `autoAdmin` ran already, `CONFIGURATION_INVALID`
 * @example
 * configureAdminAuth({ issuer: 'https://id.example.com', audience: 'orders', schema });
 * autoAdmin(router, { expose: ['orders', 'customers'] });
 * await app.register(toFastify(router.buildAdminMachine({ getUser: adminMachineAuth(), getDb: () => db })));
 */
export function configureAdminAuth(options: AdminAuthOptions): void {
  if (isUsed)
    throw new AdminSetupError(
      'CONFIGURATION_ORDER_ERROR',
      'autoAdmin(…) ran before this configureAdminAuth(…).',
    );
  configured = readAuthOptions(options);
}

/** What was configured. @throws AdminSetupError `ADMIN_AUTH_NOT_CONFIGURED` */
export function configuredAuth(neededBy: string): AdminAuth {
  if (!configured) throw new AdminSetupError('ADMIN_AUTH_NOT_CONFIGURED', `${neededBy} needs it.`);
  return configured;
}

/** From now on the configuration stands. */
export function markConfigurationUsed(): void {
  isUsed = true;
}

/**
 * Forgets the configuration, for tests alone: a product configures once.
 * @throws AdminSetupError `CONFIGURATION_ORDER_ERROR` where `NODE_ENV` is `production`
 */
export function resetAdminForTests(): void {
  if (process.env.NODE_ENV === 'production')
    throw new AdminSetupError('CONFIGURATION_ORDER_ERROR', 'resetAdminForTests() is for tests.');
  configured = undefined;
  isUsed = false;
}
