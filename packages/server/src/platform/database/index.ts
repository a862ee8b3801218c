/** The public entry `@castellan/server/database`: what scripts and test harnesses use to have a database. */
export { checkServer, minimumMajorVersion } from './check-server.ts';
export { type DatabaseLog, silentLog } from './database-log.ts';
export { type DatabaseStartCode, DatabaseStartError } from './database-start-error.ts';
export { attachEmbeddedDatabase } from './embedded/attach.ts';
export type { DatabaseAddress } from './embedded/database-address.ts';
export {
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
  startEmbeddedDatabase,
} from './embedded/start-embedded-database.ts';
export { type MigrateOptions, type MigrationSource, migrate, pendingMigrations } from './migrate.ts';
