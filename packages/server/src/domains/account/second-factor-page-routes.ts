import {
  type SecondFactorMethod,
  secondFactorMethods,
  secondFactorPage,
  secondFactorSubmit,
} from '@castellan/contract';
import {
  type Call,
  type Implementation,
  implement,
  type RawAnswer,
} from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import { Refusal } from '../../platform/refusal.ts';
import { beginTotp, confirmTotp, readTotpEnrolment } from '../factors/account-factors.ts';
import { beginPending, readPending } from '../factors/pending-sign-in.ts';
import { isRecentSignIn } from '../factors/recent-sign-in.ts';
import { secondFactorDue } from '../factors/second-factor.ts';
import type { View } from './account-frame.ts';
import { credentialMessages } from './messages/credential-messages.ts';
import { checkReturnTo, signInAddress } from './return-to.ts';
import {
  enrolView,
  type FactorOutcome,
  recoveryCodesView,
  secondFactorGoneView,
  secondFactorView,
} from './second-factor-page.ts';
import { pendingCookie, pendingTokenOf, stepUpAddress, stepUpMethod } from './sign-in-completed.ts';
import type { SignInPageDeps } from './sign-in-deps.ts';

/** Refusals after which the waiting sign-in is over. */
const over = ['token_invalid', 'token_expired'];
/** Refusals that are told beside the form. */
const told = { mfa_code_wrong: 401, passkey_refused: 401, rate_limited: 429 } as const;

/**
 * The second factor of a browser: of a sign-in that waits for it, or of somebody who is signed in and goes where more is
 * asked. Who has none sets up an authenticator app here.
 */
export function secondFactorRoutes(deps: SignInPageDeps): Implementation[] {
  const { database, frame, factors, browserSessions, completion, secure, passkeyScripts } = deps;

  const proveView = async (
    view: View,
    userId: string,
    wanted: string | undefined,
    outcome?: FactorOutcome,
  ): Promise<RawAnswer> => {
    const due = await secondFactorDue(database.db, { userId, amr: [] });
    const methods = due.due ? due.methods : [];
    const chosen = methods.find((method) => method === wanted) ?? methods[0];
    if (!chosen) return secondFactorGoneView(view);
    return secondFactorView(view, { methods, chosen, scripts: passkeyScripts, outcome });
  };

  /** Somebody who is signed in and has to prove more. */
  const stepUp = async (
    call: Pick<Call, 'setHeader' | 'origin'>,
    view: View,
    session: BrowserSession,
    asked: { readonly returnTo: string; readonly method: string | undefined },
  ): Promise<RawAnswer> => {
    const { userId, amr } = session;
    const { returnTo } = asked;
    if (amr.includes('mfa')) return view.redirect(returnTo);
    const due = await secondFactorDue(database.db, { userId, amr });
    if (due.due) {
      const token = await database.write(call.origin, (tx) =>
        beginPending(tx, { door: 'browser', userId, amr, method: stepUpMethod, returnTo }),
      );
      call.setHeader('set-cookie', pendingCookie(secure, token));
      return proveView(view, userId, asked.method);
    }
    if (!isRecentSignIn(session, factors.clock.now()))
      return view.redirect(
        signInAddress({ returnTo: stepUpAddress(returnTo), again: true, loginHint: session.email }),
      );
    const enrolment =
      (await readTotpEnrolment(factors, database.db, session)) ??
      (await database.write(call.origin, (tx) => beginTotp(factors, tx, session)));
    return enrolView(view, { enrolment, returnTo });
  };

  const enrol = async (
    call: Pick<Call, 'origin'>,
    view: View,
    session: BrowserSession,
    typed: { readonly code: string; readonly returnTo: string },
  ): Promise<RawAnswer> => {
    const { returnTo } = typed;
    const again = async (outcome: FactorOutcome): Promise<RawAnswer> => {
      const enrolment = await readTotpEnrolment(factors, database.db, session);
      return enrolment
        ? enrolView(view, { enrolment, returnTo, outcome })
        : view.redirect(stepUpAddress(returnTo));
    };
    const texts = credentialMessages(view.language);
    const code = typed.code.replace(/\s/g, '');
    if (!/^\d{6}$/.test(code)) return again({ status: 422, problem: texts.factorTotpWrong });
    const confirmation = await database.write(call.origin, (tx) =>
      confirmTotp({ ...factors, browserSessions }, tx, session, code),
    );
    if (!confirmation.confirmed) {
      const { refusal } = confirmation;
      return again({ status: told[refusal.code as keyof typeof told] ?? 401, refusal });
    }
    const { recoveryCodes } = confirmation;
    return recoveryCodes ? recoveryCodesView(view, recoveryCodes, returnTo) : view.redirect(returnTo);
  };

  const waiting = async (cookies: string | undefined) => {
    const token = pendingTokenOf(cookies, secure);
    return token === undefined ? undefined : readPending(factors, 'browser', token);
  };

  return [
    implement(secondFactorPage, async (call) => {
      const asked = call.query.return_to;
      const method = new URLSearchParams(call.url.split('?')[1]).get('method') ?? undefined;
      const pending = await waiting(call.cookies);
      return frame.serve(call, pending?.returnTo ?? asked, async (view) => {
        const session = await browserSessions.read(call.cookies);
        // Somebody who is signed in comes with the place to go on; a sign-in that waits keeps its own.
        if (session && (asked !== undefined || !pending))
          return stepUp(call, view, session, { returnTo: checkReturnTo(asked), method });
        return pending ? proveView(view, pending.userId, method) : view.redirect('/sign-in');
      });
    }),
    implement(secondFactorSubmit, async (call) => {
      const { body } = call;
      const pending = await waiting(call.cookies);
      const returnTo = new URLSearchParams(call.url.split('?')[1]).get('return_to');
      return frame.serve(call, pending?.returnTo ?? returnTo ?? undefined, async (view) => {
        const { code = '' } = body;
        if (body.action === 'enrol') {
          const session = await browserSessions.read(call.cookies);
          if (!session)
            return view.redirect(signInAddress({ returnTo: stepUpAddress(checkReturnTo(returnTo)) }));
          return enrol(call, view, session, { code, returnTo: checkReturnTo(returnTo) });
        }
        if (!pending) return secondFactorGoneView(view);
        const method: SecondFactorMethod = secondFactorMethods.find((one) => one === body.method) ?? 'totp';
        const texts = credentialMessages(view.language);
        if (
          method === 'passkey' ||
          code.trim() === '' ||
          (method === 'totp' && !/^[\d\s]{6,12}$/.test(code))
        ) {
          const problem = method === 'recovery_code' ? texts.factorRecoveryWrong : texts.factorTotpWrong;
          return proveView(view, pending.userId, method, { status: 422, problem });
        }
        try {
          const { location } = await completion.completeSecondFactor(call, {
            method,
            code: method === 'totp' ? code.replace(/\s/g, '') : code,
          });
          return view.redirect(location);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          if (over.includes(error.code)) return secondFactorGoneView(view);
          const status = told[error.code as keyof typeof told];
          if (status === undefined) throw error;
          // The last try that it took may have been this one.
          if (!(await waiting(call.cookies))) return secondFactorGoneView(view);
          return proveView(view, pending.userId, method, { status, refusal: error });
        }
      });
    }),
  ];
}
