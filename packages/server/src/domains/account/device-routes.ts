import { deviceDecide, devicePage } from '@castellan/contract';
import type { Clock } from '../../platform/clock.ts';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { SignInLimits } from '../sign-in/sign-in-limits.ts';
import { parametersOf } from './account-navigation.ts';
import { nameOf } from './consent-page.ts';
import { type AskDeps, readAskFacts, readConsent } from './consent-routes.ts';
import { deviceConfirmPage, deviceDonePage, deviceEntryPage, deviceForeignPage } from './device-page.ts';
import { accountTexts } from './messages/account.ts';
import { consentTexts } from './messages/consent.ts';
import { signInAddress } from './return-to.ts';
import { stepUpAddress } from './sign-in-completed.ts';

/** Longer than any code with what people put between its letters. */
const longestTyped = 40;

/** A code as it was meant: capitals, and nothing between them. `undefined` where no code can look like this. */
export function readUserCode(typed: string): string | undefined {
  const code = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{P}]/gu, '');
  return typed.length <= longestTyped && /^[A-Z0-9]{4,20}$/.test(code) ? code : undefined;
}

/**
 * The pages where a person connects a device that shows a code (RFC 8628).
 * @param deps.limits on codes that no device waits with: they are short, and a right guess connects a stranger's device
 */
export function deviceRoutes(
  deps: AskDeps & { readonly limits: SignInLimits; readonly clock: Clock },
): Implementation[] {
  const { interactions, frame, limits, clock } = deps;
  return [
    implement(devicePage, (call) =>
      frame.serve(call, undefined, async (view) =>
        deviceEntryPage(view, { code: (parametersOf(call).get('user_code') ?? '').slice(0, longestTyped) }),
      ),
    ),
    implement(deviceDecide, (call) =>
      frame.serve(call, undefined, async (view) => {
        const texts = consentTexts(view.language);
        const { session } = call.principal;
        const typed = call.body.user_code ?? '';
        const userCode = readUserCode(typed);
        const again = (problem: string, status?: number, retryAfterSeconds?: number) =>
          deviceEntryPage(view, {
            code: typed.slice(0, longestTyped),
            problem,
            ...(status === undefined ? {} : { status }),
            ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
          });
        if (typed.trim() === '') return again(texts.deviceCodeMissing);
        if (userCode === undefined) return again(texts.deviceCodeWrong);
        const limited = await limits.take(session.userId, call.address);
        if (limited) {
          const minutes = Math.ceil(limited.retryAfterSeconds / 60);
          return again(accountTexts(view.language).tooManyTries(minutes), 429, limited.retryAfterSeconds);
        }
        const found = await interactions.findDevice(session, userCode);
        if (found.kind === 'unknown')
          return call.body.confirmation === undefined
            ? again(texts.deviceCodeWrong)
            : deviceForeignPage(view);
        limits.giveBack(session.userId, call.address);
        const { request } = found;
        const facts = await readAskFacts(deps, view, session, { ...request, page: '/device' });
        const show = (problem?: string) =>
          deviceConfirmPage(view, {
            ...facts,
            problem,
            session,
            request,
            userCode,
            confirmation: found.confirmation,
            ownAddress: call.address,
            now: clock.now(),
          });
        const { decision, confirmation } = call.body;
        if (confirmation === undefined || (decision !== 'allow' && decision !== 'refuse')) return show();
        const app = nameOf(texts, request.client).shown;
        if (decision === 'refuse')
          return (await interactions.denyDevice(session, { userCode, confirmation }, call.origin))
            ? deviceDonePage(view, 'refused', app)
            : deviceForeignPage(view);
        const consent = readConsent(facts, call.body);
        if (!consent) return show(texts.workspaceUnknown);
        try {
          return (await interactions.approveDevice(session, { userCode, confirmation }, consent, call.origin))
            ? deviceDonePage(view, 'connected', app)
            : deviceForeignPage(view);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          if (error.code === 'not_member' || error.code === 'sign_in_method_refused')
            return show(texts.workspaceUnknown);
          // The workspace asks for more; the code is typed again once it is proved.
          if (error.code === 'mfa_required' || error.code === 'mfa_enrolment_required')
            return view.redirect(stepUpAddress(call.url.split('?')[0]!));
          if (error.code === 'recent_sign_in_required')
            return view.redirect(
              signInAddress({ returnTo: call.url.split('?')[0]!, again: true, loginHint: session.email }),
            );
          throw error;
        }
      }),
    ),
  ];
}
