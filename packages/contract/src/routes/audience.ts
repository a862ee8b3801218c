import { id, wire } from '../wire.ts';

/** `{id}` in a path. */
export const idParams = wire({ id });
/** `{id}` and `{uid}` in a path, as in the members of a workspace or group. */
export const memberParams = wire({ id, uid: id });
/** What every route of the admin API shares. */
export const forAdministrators = {
  listener: 'admin',
  auth: ['admin_session'],
  permission: 'administrator',
} as const;
/** What every route of the console shares that any operator may call; its handler asks for the role. */
export const forOperators = {
  listener: 'admin',
  auth: ['admin_session'],
  permission: 'operator',
} as const;
/** What every open route of the public listener shares. */
export const forAnyone = { listener: 'public', auth: [], permission: 'anyone' } as const;
