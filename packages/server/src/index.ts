export { createPlatform, type Platform, type PlatformOptions } from './app.ts';
export { createServerLog } from './commands/server-log.ts';
export type { Authority, GrantFacts, ServiceFacts } from './domains/grants/authority.ts';
export { type RegisteredService, registerService } from './domains/services/register-service.ts';
export { systemOrigin } from './platform/activity/event.ts';
export { type Clock, systemClock } from './platform/clock.ts';
export { ConfigurationError, readSettings, type Settings } from './platform/config.ts';
