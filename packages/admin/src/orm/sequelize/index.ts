export { sequelizeAdmin } from './adapter.ts';
export type { SequelizeAdminOptions } from './describe.ts';
