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
import { secondFactorDue } from '../factors/second-factor.ts';
import type { View } from './account-frame.ts';
import { askAgain } from './account-navigation.ts';
import { credentialMessages } from './messages/credential-messages.ts';
import { checkReturnTo, signInAddress } from './return-to.ts';
import {
  enrolChoiceView,
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

/** Whose second factor is asked for: of a sign-in that waits and keeps its own place to go on, or of who is signed in. */
type Asked = { readonly userId: string } & (
  | { readonly isWaiting: true }
  | { readonly isWaiting: false; readonly returnTo: string }
);

/**
 * The second factor of a browser: of a sign-in that waits for it, or of somebody who is signed in and goes where more is
 * asked. Who has none sets up an authenticator app here.
 */
export function secondFactorRoutes(deps: SignInPageDeps): Implementation[] {
  const { database, frame, factors, browserSessions, completion, secure, passkeyScripts } = deps;

  const proveView = async (
    view: View,
    asked: Asked & { readonly method: string | undefined },
    outcome?: FactorOutcome,
  ): Promise<RawAnswer> => {
    const due = await secondFactorDue(database.db, { userId: asked.userId, amr: [] });
    const methods = due.due ? due.methods : [];
    const chosen = methods.find((method) => method === asked.method) ?? methods[0];
    if (!chosen) return secondFactorGoneView(view);
    const { isWaiting } = asked;
    const returnTo = asked.isWaiting ? undefined : asked.returnTo;
    return secondFactorView(view, { methods, chosen, scripts: passkeyScripts, returnTo, isWaiting, outcome });
  };

  /** Shows somebody who is signed in what they have to prove more, or lets them set it up. Looking writes nothing. */
  const stepUp = async (
    view: View,
    session: BrowserSession,
    asked: { readonly returnTo: string; readonly method: string | undefined },
  ): Promise<RawAnswer> => {
    const { userId, amr } = session;
    const { returnTo } = asked;
    if (amr.includes('mfa')) return view.redirect(returnTo);
    const due = await secondFactorDue(database.db, { userId, amr });
    if (due.due) return proveView(view, { userId, isWaiting: false, ...asked });
    const again = askAgain(view, session, factors.clock.now(), stepUpAddress(returnTo));
    if (again) return again;
    const enrolment = await readTotpEnrolment(factors, database.db, session);
    return enrolment
      ? enrolView(view, { enrolment, returnTo })
      : enrolChoiceView(view, { email: session.email, returnTo, scripts: passkeyScripts });
  };

  /** Begins to set up an authenticator app. */
  const beginEnrolment = async (
    call: Pick<Call, 'origin'>,
    view: View,
    session: BrowserSession,
    returnTo: string,
  ): Promise<RawAnswer> => {
    const again = askAgain(view, session, factors.clock.now(), stepUpAddress(returnTo));
    if (again) return again;
    const begun = await readTotpEnrolment(factors, database.db, session);
    const enrolment = begun ?? (await database.write(call.origin, (tx) => beginTotp(factors, tx, session)));
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

  const waiting = async (token: string | undefined) =>
    token === undefined ? undefined : readPending(factors, 'browser', token);

  /** Writes down that somebody who is signed in proves more, in the request that brings the proof. */
  const beginStepUp = async (
    call: Pick<Call, 'setHeader' | 'origin'>,
    { userId, amr }: BrowserSession,
    returnTo: string,
  ): Promise<string> => {
    const token = await database.write(call.origin, (tx) =>
      beginPending(tx, { door: 'browser', userId, amr, method: stepUpMethod, returnTo }),
    );
    call.setHeader('set-cookie', pendingCookie(secure, token));
    return token;
  };

  const prove = async (
    call: Call<typeof secondFactorSubmit>,
    view: View,
    asked: Asked,
    beginOrGoOn: () => Promise<string>,
  ): Promise<RawAnswer> => {
    const { code = '', action } = call.body;
    const method: SecondFactorMethod = secondFactorMethods.find((one) => one === call.body.method) ?? 'totp';
    const texts = credentialMessages(view.language);
    if (method === 'passkey' && action === 'begin') {
      await beginOrGoOn();
      return proveView(view, { userId: asked.userId, method, isWaiting: true });
    }
    if (method === 'passkey' || code.trim() === '' || (method === 'totp' && !/^[\d\s]{6,12}$/.test(code))) {
      const problem = method === 'recovery_code' ? texts.factorRecoveryWrong : texts.factorTotpWrong;
      return proveView(view, { ...asked, method }, { status: 422, problem });
    }
    const token = await beginOrGoOn();
    try {
      const proof = { method, code: method === 'totp' ? code.replace(/\s/g, '') : code };
      return view.redirect((await completion.completeSecondFactor(call, proof, token)).location);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (over.includes(error.code)) return secondFactorGoneView(view);
      const status = told[error.code as keyof typeof told];
      if (status === undefined) throw error;
      // The last try that it took may have been this one.
      if (!(await waiting(token))) return secondFactorGoneView(view);
      return proveView(view, { ...asked, method }, { status, refusal: error });
    }
  };

  return [
    implement(secondFactorPage, async (call) => {
      const asked = call.query.return_to;
      const method = new URLSearchParams(call.url.split('?')[1]).get('method') ?? undefined;
      const pending = await waiting(pendingTokenOf(call.cookies, secure));
      return frame.serve(call, pending?.returnTo ?? asked, async (view) => {
        const session = await browserSessions.read(call.cookies);
        // Somebody who is signed in comes with the place to go on; a sign-in that waits keeps its own.
        if (session && (asked !== undefined || !pending))
          return stepUp(view, session, { returnTo: checkReturnTo(asked), method });
        return pending
          ? proveView(view, { userId: pending.userId, method, isWaiting: true })
          : view.redirect('/sign-in');
      });
    }),
    implement(secondFactorSubmit, async (call) => {
      const { body } = call;
      const asked = new URLSearchParams(call.url.split('?')[1]).get('return_to');
      const token = pendingTokenOf(call.cookies, secure);
      const pending = await waiting(token);
      return frame.serve(call, pending?.returnTo ?? asked ?? undefined, async (view) => {
        const session = await browserSessions.read(call.cookies);
        const returnTo = checkReturnTo(asked);
        if (body.action === 'enrol' || (body.action === 'begin' && body.method === undefined)) {
          if (!session) return view.redirect(signInAddress({ returnTo: stepUpAddress(returnTo) }));
          return body.action === 'begin'
            ? beginEnrolment(call, view, session, returnTo)
            : enrol(call, view, session, { code: body.code ?? '', returnTo });
        }
        // The form of a sign-in that waits says no place: it has its own. A step-up's does.
        if (pending && (asked === null || pending.returnTo === returnTo))
          return prove(call, view, { userId: pending.userId, isWaiting: true }, async () => token!);
        if (!session) return secondFactorGoneView(view);
        const { userId, amr } = session;
        if (amr.includes('mfa')) return view.redirect(returnTo);
        if (!(await secondFactorDue(database.db, { userId, amr })).due)
          return view.redirect(stepUpAddress(returnTo));
        return prove(call, view, { userId, isWaiting: false, returnTo }, () =>
          beginStepUp(call, session, returnTo),
        );
      });
    }),
  ];
}
