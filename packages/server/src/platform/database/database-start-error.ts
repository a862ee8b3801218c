/** Why a database can't be used. Each has one remedy, which the message says. */
export type DatabaseStartCode =
  | 'directory_in_use'
  | 'directory_not_ours'
  | 'directory_not_reachable'
  | 'data_missing'
  | 'other_major_version'
  | 'platform_not_supported'
  | 'server_failed'
  | 'server_too_old'
  | 'server_not_durable'
  | 'server_not_usable'
  | 'migration_changed'
  | 'migration_failed'
  | 'migration_misnamed'
  | 'migration_out_of_order'
  | 'database_ahead';

/** The database can't be used as it is. The message is for the person at the terminal: what is wrong and what to do. */
export class DatabaseStartError extends Error {
  readonly code: DatabaseStartCode;

  constructor(code: DatabaseStartCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'DatabaseStartError';
    this.code = code;
  }
}
