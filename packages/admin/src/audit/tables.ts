import type { DialectName } from '../models/description.ts';

/** The library's own tables, in the product's database. */
export const auditTable = 'castellan_admin_audit';
export const seenTokensTable = 'castellan_admin_seen_tokens';
export const settingsTable = 'castellan_admin_settings';

/** Longest id of a row that is recorded as it is, in characters: every database can index it. */
export const longestRowId = 250;

const columns = `
  id varchar(36) NOT NULL PRIMARY KEY,
  at varchar(32) NOT NULL,
  operator_id varchar(500) NOT NULL,
  operator_email varchar(500) NOT NULL,
  operator_role varchar(16) NOT NULL,
  actor_id varchar(500),
  correlation_id varchar(64) NOT NULL,
  jti varchar(100) NOT NULL,
  approval_id varchar(500),
  approved_by varchar(500),
  model varchar(200) NOT NULL,
  row_id varchar(${longestRowId}),
  action varchar(100) NOT NULL,
  undoes varchar(36),
  version_after varchar(100),
  changes`;

const seen = `
  jti varchar(100) NOT NULL PRIMARY KEY,
  expires_at bigint NOT NULL`;

const settings = `
  name varchar(100) NOT NULL PRIMARY KEY,
  value varchar(500) NOT NULL`;

const statements: Readonly<Record<DialectName, readonly string[]>> = {
  postgresql: [
    `CREATE TABLE IF NOT EXISTS ${auditTable} (${columns} text NOT NULL\n)`,
    `CREATE INDEX IF NOT EXISTS ${auditTable}__row ON ${auditTable} (model, row_id, id)`,
    `CREATE INDEX IF NOT EXISTS ${auditTable}__correlation ON ${auditTable} (correlation_id)`,
    `CREATE TABLE IF NOT EXISTS ${seenTokensTable} (${seen}\n)`,
    `CREATE INDEX IF NOT EXISTS ${seenTokensTable}__end ON ${seenTokensTable} (expires_at)`,
    `CREATE TABLE IF NOT EXISTS ${settingsTable} (${settings}\n)`,
  ],
  sqlite: [
    `CREATE TABLE IF NOT EXISTS ${auditTable} (${columns} text NOT NULL\n)`,
    `CREATE INDEX IF NOT EXISTS ${auditTable}__row ON ${auditTable} (model, row_id, id)`,
    `CREATE INDEX IF NOT EXISTS ${auditTable}__correlation ON ${auditTable} (correlation_id)`,
    `CREATE TABLE IF NOT EXISTS ${seenTokensTable} (${seen}\n)`,
    `CREATE INDEX IF NOT EXISTS ${seenTokensTable}__end ON ${seenTokensTable} (expires_at)`,
    `CREATE TABLE IF NOT EXISTS ${settingsTable} (${settings}\n)`,
  ],
  // Indexes are part of the table: MySQL knows no CREATE INDEX IF NOT EXISTS. Ids are compared by their bytes.
  mysql: [
    `CREATE TABLE IF NOT EXISTS ${auditTable} (${columns} longtext NOT NULL,
  KEY ${auditTable}__row (model, row_id, id),
  KEY ${auditTable}__correlation (correlation_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `CREATE TABLE IF NOT EXISTS ${seenTokensTable} (${seen},
  KEY ${seenTokensTable}__end (expires_at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `CREATE TABLE IF NOT EXISTS ${settingsTable} (${settings}
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  ],
};

/** The statements that make the tables where they are not there yet. */
export function adminTableStatements(dialect: DialectName): readonly string[] {
  return statements[dialect];
}

/**
 * The SQL of the library's own tables, for products whose database user may not make tables: put it into a migration, and say
 * `audit: {createTables: false}` to `autoAdmin`.
 *
 * @example
 * node --input-type=module --eval "import('@castellan/admin').then(({ adminTablesSql }) => console.log(adminTablesSql('postgresql')))"
 */
export function adminTablesSql(dialect: DialectName): string {
  return `${statements[dialect].join(';\n\n')};\n`;
}
