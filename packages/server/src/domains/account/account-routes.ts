import {
  accountActivity,
  accountApp,
  accountAppRevoke,
  accountApps,
  accountHome,
  accountPassword,
  accountPasswordChange,
  accountProfile,
  accountProfileChange,
  accountSessionEnd,
  accountSessions,
  accountSessionsEndOthers,
} from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import type { Cursors } from '../../platform/http/keyset.ts';
import { html } from '../../platform/pages/html.ts';
import { findPersonalActivity } from '../activity/find-personal-activity.ts';
import { listFactors } from '../factors/held-factors.ts';
import type { AccountFrame } from './account-frame.ts';
import { doneNotice, parametersOf } from './account-navigation.ts';
import { activityPage } from './activity-page.ts';
import { disconnectApp, listConnectedApps, readConnectedApp } from './connected-apps.ts';
import { appsPage, disconnectPage } from './connected-apps-page.ts';
import { readOwnAccount } from './home.ts';
import { homePage } from './home-page.ts';
import { accountTexts } from './messages/account.ts';
import { consentTexts } from './messages/consent.ts';
import { languageCookie } from './messages/language.ts';
import { readOwnLanguage } from './own-language.ts';
import { changePasswordRoute, type PasswordDeps, passwordFormRoute } from './password-routes.ts';
import { changeOwnProfile, readProfile } from './profile.ts';
import { profilePage } from './profile-page.ts';
import { countSessions, endOtherSessions, endOwnSession, listSessions } from './sessions.ts';
import { sessionsPage } from './sessions-page.ts';
import { workspacesOfPerson } from './sign-in-repository.ts';

const shownEvents = 50;

/** What a person's own pages stand on. */
export interface AccountDeps extends PasswordDeps {
  readonly database: Database;
  readonly frame: AccountFrame;
  readonly clock: Clock;
  readonly cursors: Cursors;
  /** Whether cookies need HTTPS. */
  readonly secure: boolean;
}

/** A person's own pages (P19), but for those of their factors. */
export function accountRoutes(deps: AccountDeps): Implementation[] {
  return [...ownRoutes(deps), ...sessionRoutes(deps), ...appRoutes(deps), activityRoute(deps)];
}

function ownRoutes(deps: AccountDeps): Implementation[] {
  const { database, frame, clock, secure } = deps;
  const { db } = database;
  return [
    implement(accountHome, (call) =>
      frame.serve(call, undefined, async (view) => {
        const { session } = call.principal;
        const now = clock.now();
        const [account, workspaces, sessionTotal, apps, factors] = await Promise.all([
          readOwnAccount(db, session.userId),
          workspacesOfPerson(db, session.userId),
          countSessions(db, session.userId, now),
          listConnectedApps(db, session.userId, now),
          listFactors(db, session.userId),
        ]);
        return homePage(view, {
          session,
          account,
          workspaces,
          sessionTotal,
          appTotal: apps.total,
          passkeyTotal: factors.passkeys.length,
          hasAuthenticator: factors.totp !== null,
          now,
        });
      }),
    ),
    implement(accountProfile, (call) =>
      frame.serve(call, undefined, async (view) => {
        const { session } = call.principal;
        return profilePage(view, {
          session,
          name: session.name,
          email: session.email,
          chosen: (await readOwnLanguage(db, session.userId)) ?? view.language,
          problems: {},
          notice: doneNotice(call, { saved: accountTexts(view.language).profileSaved }),
        });
      }),
    ),
    implement(accountProfileChange, (call) =>
      frame.serve(call, undefined, async (view) => {
        const { session } = call.principal;
        const typed = readProfile(accountTexts(view.language), call.body);
        if (Object.keys(typed.problems).length > 0)
          return profilePage(view, {
            session,
            name: typed.name,
            email: session.email,
            chosen: typed.language ?? view.language,
            problems: typed.problems,
            notice: false,
          });
        await call.write((tx) => changeOwnProfile(tx, session, typed));
        if (typed.language) call.setHeader('set-cookie', languageCookie(typed.language, secure));
        return view.redirect(`${accountProfile.path}?done=saved`);
      }),
    ),
    implement(accountPassword, (call) => passwordFormRoute(deps, call)),
    implement(accountPasswordChange, (call) => changePasswordRoute(deps, call)),
  ];
}

function sessionRoutes({ database, frame, clock }: AccountDeps): Implementation[] {
  const back = (done: string) => `${accountSessions.path}?done=${done}`;
  return [
    implement(accountSessions, (call) =>
      frame.serve(call, undefined, async (view) => {
        const { session } = call.principal;
        const texts = accountTexts(view.language);
        const now = clock.now();
        const listed = await listSessions(database.db, session.userId, now);
        const ended = /^ended-(\d{1,6})$/.exec(parametersOf(call).get('done') ?? '');
        const notice = ended
          ? html`<p class="success" role="status">${texts.sessionsEnded(Number(ended[1]))}</p>`
          : doneNotice(call, { ended: texts.sessionEnded, gone: texts.gone });
        return sessionsPage(view, { session, ...listed, now, notice });
      }),
    ),
    implement(accountSessionEnd, (call) =>
      frame.serve(call, undefined, async (view) => {
        const { session } = call.principal;
        const ended = await call.write((tx) => endOwnSession(tx, session, call.params.id));
        return view.redirect(back(ended ? 'ended' : 'gone'));
      }),
    ),
    implement(accountSessionsEndOthers, (call) =>
      frame.serve(call, undefined, async (view) => {
        const ended = await call.write((tx) => endOtherSessions(tx, call.principal.session));
        return view.redirect(back(`ended-${ended}`));
      }),
    ),
  ];
}

function appRoutes({ database, frame, clock }: AccountDeps): Implementation[] {
  const gone = `${accountApps.path}?done=gone`;
  return [
    implement(accountApps, (call) =>
      frame.serve(call, undefined, async (view) => {
        const { session } = call.principal;
        const now = clock.now();
        const { apps } = await listConnectedApps(database.db, session.userId, now);
        const notice = doneNotice(call, {
          gone: accountTexts(view.language).gone,
          revoked: consentTexts(view.language).appRevoked,
        });
        return appsPage(view, { session, apps, now, notice });
      }),
    ),
    implement(accountApp, (call) =>
      frame.serve(call, undefined, async (view) => {
        const { session } = call.principal;
        const app = await readConnectedApp(database.db, session.userId, call.params.id, clock.now());
        return app ? disconnectPage(view, session, app) : view.redirect(gone);
      }),
    ),
    implement(accountAppRevoke, (call) =>
      frame.serve(call, undefined, async (view) => {
        const app = await call.write((tx) => disconnectApp(tx, call.principal.session, call.params.id));
        return view.redirect(app ? `${accountApps.path}?done=revoked` : gone);
      }),
    ),
  ];
}

function activityRoute({ database, frame, clock, cursors }: AccountDeps): Implementation {
  return implement(accountActivity, (call) =>
    frame.serve(call, undefined, async (view) => {
      const { session } = call.principal;
      const list = `own activity ${session.userId}`;
      const { cursor } = call.query;
      const below = cursor === undefined ? undefined : Number(cursors.open(list, cursor)[0]);
      const { events, nextBelow } = await findPersonalActivity(database.db, session.userId, {
        below,
        limit: shownEvents,
      });
      return activityPage(view, {
        session,
        events,
        nextCursor: nextBelow === undefined ? undefined : cursors.seal(list, [String(nextBelow)]),
        isOlder: below !== undefined,
        now: clock.now(),
      });
    }),
  );
}
