import { type adminSession, everyService, type RouteResult } from '@castellan/contract';

/** Who is signed in, as the server says. */
export type Me = RouteResult<typeof adminSession>;

/**
 * Whom a page or action is for: `operator` is anybody who is signed in, `owner` whoever owns a service or all of them,
 * `administrator` an owner of every service. The server refuses the others by itself; here it is only not offered.
 */
export type Reach = 'operator' | 'owner' | 'administrator';

/** Whether somebody is offered what is for such operators. */
export function reaches(me: Pick<Me, 'admin' | 'roles'>, whom: Reach): boolean {
  switch (whom) {
    case 'operator':
      return true;
    case 'owner':
      return me.roles.some(({ role }) => role === 'owner');
    case 'administrator':
      return me.admin;
  }
}

/** The services that somebody may give roles for, as a form names them; administrators search the list of services instead. */
export function ownedServices(
  me: Pick<Me, 'roles'>,
): readonly { readonly id: string; readonly name: string }[] {
  return me.roles
    .filter(({ role }) => role === 'owner')
    .map(({ service }) => service ?? { id: everyService, name: 'Every service' });
}

/** Thrown by the router where a page is not for who asks for it; says whom it is for. */
export class NotForYou extends Error {
  readonly whom: Exclude<Reach, 'operator'>;
  constructor(whom: Exclude<Reach, 'operator'>) {
    super('This page is not for you');
    this.whom = whom;
  }
}
