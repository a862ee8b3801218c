import {
  accountAuthenticator,
  accountAuthenticatorRemove,
  accountAuthenticatorSet,
  accountIdentityLink,
  accountIdentityUnlink,
  accountPasskey,
  accountPasskeyAdd,
  accountPasskeyChange,
  accountRecoveryCodes,
  accountRecoveryCodesMake,
  accountSecurity,
  displayName,
  pathOf,
} from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import {
  type Call,
  type Implementation,
  implement,
  type RawAnswer,
} from '../../platform/http/implementation.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import type { BrowserSessions } from '../browser-sessions/browser-session.ts';
import {
  beginTotp,
  confirmTotp,
  readTotpEnrolment,
  regenerateRecoveryCodes,
  removePasskey,
  removeTotp,
  renamePasskey,
} from '../factors/account-factors.ts';
import { listFactors } from '../factors/held-factors.ts';
import { readIdentities } from '../federation/identities.ts';
import { enabledProviders } from '../federation/providers.ts';
import type { AccountFrame, PageCall, View } from './account-frame.ts';
import { askAgain, doneNotice } from './account-navigation.ts';
import { accountTexts } from './messages/account.ts';
import { securityTexts } from './messages/security.ts';
import {
  authenticatorKeyPage,
  authenticatorPage,
  passkeyAddPage,
  passkeyPage,
  recoveryCodesPage,
  recoveryCodesShownPage,
} from './security-factor-pages.ts';
import { securityPage } from './security-page.ts';

/** What the pages of the ways to sign in stand on. */
export interface SecurityDeps {
  readonly database: Database;
  readonly frame: AccountFrame;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly browserSessions: BrowserSessions;
  /** Scripts by which browsers make passkeys: addresses of our own; none where they are not built. */
  readonly passkeyScripts: readonly string[];
}

type PersonCall = Pick<Call<typeof accountSecurity>, 'principal' | keyof PageCall>;

const back = (done: string): string => `${accountSecurity.path}?done=${done}`;

/** The pages where a person changes how they get in (P2, P19). Every change needs a recent sign-in. */
export function securityRoutes(deps: SecurityDeps): Implementation[] {
  return [overviewRoute(deps), ...passkeyRoutes(deps), ...authenticatorRoutes(deps), ...recoveryRoutes(deps)];
}

/** Serves a page to somebody who signed in just now; anybody else signs in again and comes back to `returnTo`. */
function serveRecent(
  { frame, clock }: SecurityDeps,
  call: PersonCall,
  returnTo: string,
  write: (view: View) => Promise<RawAnswer>,
): Promise<RawAnswer> {
  return frame.serve(call, undefined, async (view) => {
    const { session } = call.principal;
    const again = askAgain(view, session, clock.now(), returnTo);
    if (again) return again;
    try {
      return await write(view);
    } catch (error) {
      // It became too old between the page and the change.
      if (error instanceof Refusal && error.code === 'recent_sign_in_required')
        return askAgain(view, { ...session, authTime: null }, clock.now(), returnTo)!;
      if (error instanceof Refusal && error.code === 'not_found') return view.redirect(back('gone'));
      throw error;
    }
  });
}

function overviewRoute({ database, frame, clock }: SecurityDeps): Implementation {
  return implement(accountSecurity, (call) =>
    frame.serve(call, undefined, async (view) => {
      const { session } = call.principal;
      const texts = securityTexts(view.language);
      const [factors, identities, providers] = await Promise.all([
        listFactors(database.db, session.userId),
        readIdentities(database.db, session.userId),
        enabledProviders(database.db),
      ]);
      return securityPage(view, {
        session,
        factors,
        identities,
        providers: providers
          .filter(({ slug }) => !identities.some(({ provider }) => provider === slug))
          .map(({ slug, name }) => ({ name, linkPath: pathOf(accountIdentityLink, { provider: slug }) })),
        unlinkPath: (id) => pathOf(accountIdentityUnlink, { id }),
        now: clock.now(),
        notice: doneNotice(call, {
          renamed: texts.passkeyRenamed,
          passkey_removed: texts.passkeyRemoved,
          passkey_made: texts.passkeyMade,
          authenticator_on: texts.authenticatorOn,
          authenticator_removed: texts.authenticatorRemoved,
          linked: texts.identityDone,
          unlinked: texts.identityRemoved,
          gone: accountTexts(view.language).gone,
        }),
      });
    }),
  );
}

function passkeyRoutes(deps: SecurityDeps): Implementation[] {
  const { database, passkeyScripts } = deps;
  const readPasskey = async (userId: string, id: string) => {
    const { passkeys } = await listFactors(database.db, userId);
    const found = passkeys.find((passkey) => passkey.id === id);
    if (!found) throw new Refusal('not_found');
    return found;
  };
  type ChangeCall = Call<typeof accountPasskeyChange>;

  const rename = async (view: View, { principal: { session }, params, body, write }: ChangeCall) => {
    const name = displayName.safeParse(body.name ?? '');
    if (!name.success)
      return passkeyPage(view, session, {
        passkey: await readPasskey(session.userId, params.id),
        name: (body.name ?? '').slice(0, 200),
        nameProblem: securityTexts(view.language).passkeyNameMissing,
      });
    await write((tx) => renamePasskey(tx, session, params.id, name.data));
    return view.redirect(back('renamed'));
  };

  const remove = async (view: View, { principal: { session }, params, write }: ChangeCall) => {
    try {
      await write((tx) => removePasskey(tx, session, params.id));
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'last_way_in') throw error;
      const passkey = await readPasskey(session.userId, params.id);
      const problem = securityTexts(view.language).lastWayIn;
      return passkeyPage(view, session, { passkey, name: passkey.name, problem });
    }
    return view.redirect(back('passkey_removed'));
  };

  return [
    implement(accountPasskeyAdd, (call) =>
      serveRecent(deps, call, accountPasskeyAdd.path, async (view) =>
        passkeyAddPage(view, call.principal.session, passkeyScripts),
      ),
    ),
    implement(accountPasskey, (call) =>
      serveRecent(deps, call, pathOf(accountPasskey, call.params), async (view) => {
        const passkey = await readPasskey(call.principal.session.userId, call.params.id);
        return passkeyPage(view, call.principal.session, { passkey, name: passkey.name });
      }),
    ),
    implement(accountPasskeyChange, (call) =>
      serveRecent(deps, call, pathOf(accountPasskey, call.params), async (view) =>
        call.body.action === 'remove' ? remove(view, call) : rename(view, call),
      ),
    ),
  ];
}

function authenticatorRoutes(deps: SecurityDeps): Implementation[] {
  const { database, vault, browserSessions, clock } = deps;
  const { path } = accountAuthenticator;
  type SetCall = Call<typeof accountAuthenticatorSet>;

  const begin = async (view: View, { principal: { session }, write }: SetCall) =>
    authenticatorKeyPage(view, session, {
      enrolment: await write((tx) => beginTotp({ vault }, tx, session)),
    });

  const confirm = async (view: View, { principal: { session }, body, write }: SetCall) => {
    const texts = securityTexts(view.language);
    const outcome = await write((tx) =>
      confirmTotp({ vault, browserSessions }, tx, session, (body.code ?? '').slice(0, 64)),
    );
    if (outcome.confirmed)
      return outcome.recoveryCodes
        ? recoveryCodesShownPage(view, session, {
            codes: outcome.recoveryCodes,
            notice: texts.authenticatorOn,
            now: clock.now(),
          })
        : view.redirect(back('authenticator_on'));
    const { code, retryAfterSeconds = 60 } = outcome.refusal;
    const enrolment = await readTotpEnrolment({ vault }, database.db, session);
    if (!enrolment) return view.redirect(path);
    return code === 'rate_limited'
      ? authenticatorKeyPage(view, session, {
          enrolment,
          problem: accountTexts(view.language).tooManyTries(Math.ceil(retryAfterSeconds / 60)),
          status: 429,
        })
      : authenticatorKeyPage(view, session, { enrolment, problem: texts.authenticatorCodeWrong });
  };

  return [
    implement(accountAuthenticator, (call) =>
      serveRecent(deps, call, path, async (view) => {
        const { session } = call.principal;
        const { totp } = await listFactors(database.db, session.userId);
        return authenticatorPage(view, session, { isOn: totp !== null });
      }),
    ),
    implement(accountAuthenticatorSet, (call) =>
      serveRecent(deps, call, path, async (view) => {
        try {
          return await (call.body.code === undefined ? begin(view, call) : confirm(view, call));
        } catch (error) {
          if (!(error instanceof Refusal) || error.code !== 'factor_exists') throw error;
          return view.redirect(path);
        }
      }),
    ),
    implement(accountAuthenticatorRemove, (call) =>
      serveRecent(deps, call, path, async (view) => {
        await call.write((tx) => removeTotp(tx, call.principal.session));
        return view.redirect(back('authenticator_removed'));
      }),
    ),
  ];
}

function recoveryRoutes(deps: SecurityDeps): Implementation[] {
  const { database, clock } = deps;
  const { path } = accountRecoveryCodes;
  return [
    implement(accountRecoveryCodes, (call) =>
      serveRecent(deps, call, path, async (view) => {
        const { session } = call.principal;
        const { totp, passkeys, recoveryCodesLeft } = await listFactors(database.db, session.userId);
        const hasFactor = totp !== null || passkeys.length > 0;
        return recoveryCodesPage(view, session, { hasFactor, left: recoveryCodesLeft });
      }),
    ),
    implement(accountRecoveryCodesMake, (call) =>
      serveRecent(deps, call, path, async (view) => {
        const { session } = call.principal;
        const codes = await call.write((tx) => regenerateRecoveryCodes(tx, session));
        return recoveryCodesShownPage(view, session, { codes, notice: undefined, now: clock.now() });
      }),
    ),
  ];
}
