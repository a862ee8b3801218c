export { createPlatform, type Platform, type PlatformOptions } from './app.ts';
export { type Clock, systemClock } from './platform/clock.ts';
export { ConfigurationError, readSettings, type Settings } from './platform/config.ts';
