export { type DrizzleAdminOptions, drizzleAdmin } from './adapter.ts';
export type { SoftDeletes } from './describe.ts';
export type { DrizzleCasing } from './tables.ts';
