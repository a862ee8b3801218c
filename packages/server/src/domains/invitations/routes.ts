import { invitationAccept, invitationPage, setupComplete, setupPage } from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { AccountFrame } from '../account/account-frame.ts';
import { hashOrWait as hashOrRefuse, readName, readNewPassword } from '../account/credential-form.ts';
import { credentialMessages } from '../account/messages/credential-messages.ts';
import { ownPages } from '../account/return-to.ts';
import type { SignInCompletion } from '../account/sign-in-completed.ts';
import type { IsEasyToGuess } from '../factors/easy-to-guess.ts';
import { acceptInvitation, readLink } from './accept-invitation.ts';
import { closedInvitationView, invitationAcceptedView, invitationFormView } from './invitation-pages.ts';
import { closedSetupView, setupFormView } from './pages.ts';
import { readSetup } from './read-setup.ts';
import { selectPlaces } from './repository.ts';
import { completeSetup, readSetupLink } from './setup-link.ts';

/**
 * The pages behind one-time links: an invited person sets a password, the first administrator is made.
 * @param deps.hashPassword hashes outside of any transaction; refuses with `overloaded` or `rate_limited`
 */
export function invitationRoutes(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly hashPassword: (password: string, address: string) => Promise<string>;
  readonly isEasyToGuess: IsEasyToGuess;
  readonly frame: AccountFrame;
  readonly completion: SignInCompletion;
  /** The origin of the public listener. */
  readonly publicUrl: string;
}): Implementation[] {
  const { database, clock, hashPassword, isEasyToGuess, frame, completion, publicUrl } = deps;

  return [
    implement(invitationPage, (call) =>
      frame.serve(call, undefined, async (view) => {
        const link = await readLink(database.db, call.params.token, clock.now());
        return link.open ? invitationFormView(view, link.person) : closedInvitationView(view, link.reason);
      }),
    ),
    implement(invitationAccept, (call) =>
      frame.serve(call, undefined, async (view) => {
        if (call.siteOrigin !== null && call.siteOrigin !== publicUrl)
          return closedInvitationView(view, 'foreign');
        const link = await readLink(database.db, call.params.token, clock.now());
        if (!link.open) return closedInvitationView(view, link.reason);
        const { person } = link;
        const places = await selectPlaces(database.db);
        const texts = credentialMessages(view.language);
        const typedName = call.body.name ?? person.name;
        const named = readName(texts, typedName);
        const about = [person.email, typedName, ...places.map(({ name }) => name)];
        const read = readNewPassword(texts, call.body, isEasyToGuess, about);
        if (named.problem !== undefined || read.problems) {
          const problems = { name: named.problem, ...read.problems };
          return invitationFormView(view, person, { status: 422, name: typedName, problems });
        }
        const { name } = named;
        const hashed = await hashOrRefuse((password) => hashPassword(password, call.address), read.password);
        if (typeof hashed !== 'string')
          return invitationFormView(view, person, { status: 503, name, refusal: hashed });
        const outcome = await call.write((tx) =>
          acceptInvitation(tx, person, { name, passwordHash: hashed }),
        );
        if (outcome !== 'accepted') return closedInvitationView(view, outcome);
        // They chose the password a moment ago: asking for it again would prove nothing.
        const { location } = await completion.completeSignIn(call, {
          userId: person.userId,
          amr: ['pwd'],
          method: 'password',
          stillHolds: ({ passwordHash }) => passwordHash === hashed,
        });
        return location === ownPages ? invitationAcceptedView(view, person, places) : view.redirect(location);
      }),
    ),
    implement(setupPage, (call) =>
      frame.serve(call, undefined, async (view) => {
        const state = await readSetupLink(database.db, call.params.token, clock);
        return state === 'open' ? setupFormView(view) : closedSetupView(view, state);
      }),
    ),
    implement(setupComplete, (call) =>
      frame.serve(call, undefined, async (view) => {
        const state = await readSetupLink(database.db, call.params.token, clock);
        if (state !== 'open') return closedSetupView(view, state);
        const typed = readSetup(view.language, call.body, isEasyToGuess);
        if (Object.keys(typed.problems).length > 0) return setupFormView(view, { typed, status: 422 });
        let passwordHash: string;
        try {
          passwordHash = await hashPassword(typed.password, call.address);
        } catch (error) {
          if (!(error instanceof Refusal) || (error.code !== 'overloaded' && error.code !== 'rate_limited'))
            throw error;
          const status = error.code === 'overloaded' ? 503 : 429;
          return setupFormView(view, { typed, status, refusal: error });
        }
        const { email, name } = typed;
        const { language } = view;
        const outcome = await call.write((tx) =>
          completeSetup(tx, call.params.token, { email, name, language, passwordHash }),
        );
        return outcome === 'completed'
          ? view.redirect('/sign-in?notice=set_up')
          : closedSetupView(view, outcome);
      }),
    ),
  ];
}
