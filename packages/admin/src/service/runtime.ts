import type { AuditLog } from '../audit/audit-log.ts';
import type { AdministeredModel } from '../models/administered.ts';
import type { OrmAdapter } from '../orm/adapter.ts';
import type { Sealer } from '../query/index.ts';

/** What the actions of every administered model stand on. */
export interface AdminRuntime {
  readonly adapter: OrmAdapter;
  /** By shown name. */
  readonly models: ReadonlyMap<string, AdministeredModel>;
  readonly log: AuditLog;
  /** Seals cursors with a secret that every process of the product has. */
  readonly sealer: (db: unknown) => Promise<Sealer>;
}
