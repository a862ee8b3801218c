/** What the sign-in page says about how somebody came to it. */
export interface Notice {
  readonly title: string;
  readonly text: string;
}

/** Why a sign-in did not happen, by the code in the address. */
const reasons = {
  not_admin: {
    title: 'This account has no role in the console',
    text: 'Ask an administrator or an owner of your product for one, or sign in with another account.',
  },
  signed_out: { title: 'Your session has ended', text: 'Sign in again to go on where you were.' },
  provider_unknown: {
    title: 'Operators can not sign in this way',
    text: 'The provider is disabled, or does not let operators in.',
  },
  provider_unavailable: {
    title: 'The provider did not answer',
    text: 'Try again in a few minutes, or sign in with your password.',
  },
  answer_refused: {
    title: 'The provider’s answer could not be trusted',
    text: 'Begin again. The activity log tells what was wrong with it.',
  },
  attempt_unknown: {
    title: 'This sign-in is not under way',
    text: 'It took longer than ten minutes, was finished before, or was begun in another browser.',
  },
  cancelled: { title: 'You did not sign in', text: 'You stopped at the provider, or it did not let you on.' },
  tenant_refused: {
    title: 'That account belongs to another organisation',
    text: 'Sign out there and choose the account of your organisation.',
  },
  email_missing: {
    title: 'No e-mail address came along',
    text: 'Sign in with your password and link the account on your own pages.',
  },
  email_unverified: {
    title: 'Your e-mail address is not confirmed there',
    text: 'Confirm it at the provider, or sign in with your password and link the account on your own pages.',
  },
  account_exists: {
    title: 'Your account is not linked to that one yet',
    text: 'An e-mail address alone opens no account. Sign in with your password, and link it on your own pages.',
  },
  invitation_elsewhere: {
    title: 'Use the link of your invitation',
    text: 'This account can not be opened by that provider.',
  },
  registration_closed: {
    title: 'There is no account for you here yet',
    text: 'Ask an administrator to invite you.',
  },
  account_deactivated: {
    title: 'This account is deactivated',
    text: 'Ask an administrator to activate it.',
  },
} as const satisfies Record<string, Notice>;

/** Good news in the address. */
export const news = {
  set_up: { title: 'You are the first administrator', text: 'Sign in with the password that you just set.' },
} as const satisfies Record<string, Notice>;

/** What a code in the address means; nothing for one that is not ours. */
export function reasonFor(code: string | undefined): Notice | undefined {
  return code !== undefined && Object.hasOwn(reasons, code)
    ? reasons[code as keyof typeof reasons]
    : undefined;
}
