/** What the page says when somebody has to sign in again: what happened, and what to do. */
export interface Notice {
  readonly title: string;
  readonly text: string;
  readonly tone: 'info' | 'warning' | 'danger';
}

/** Why the sign-in is shown, by the code that ended what was before. */
export function noticeFor(code: string): Notice {
  switch (code) {
    case 'account_deactivated':
      return {
        tone: 'danger',
        title: 'Your account was deactivated',
        text: 'An administrator switched it off. What you saved is kept; ask them if you need it back.',
      };
    case 'session_ended':
      return {
        tone: 'warning',
        title: 'Your session has ended',
        text: 'It was ended by an administrator or on another device. Sign in to go on.',
      };
    case 'token_reused':
      return {
        tone: 'warning',
        title: 'Your session was ended to be safe',
        text: 'An old key to it turned up again, as it does when somebody copied it. Sign in to go on.',
      };
    case 'signed_out':
      return { tone: 'info', title: 'You are signed out', text: 'See you next time.' };
    default:
      return {
        tone: 'warning',
        title: 'Your session has ended',
        text: 'It was not used for a while, or is no longer valid. Sign in to go on.',
      };
  }
}

/** Why an operator does not act as somebody any more, or never began to. */
export function actingOverNotice(code: string): Notice {
  switch (code) {
    case 'left':
      return {
        tone: 'info',
        title: 'You ended the session',
        text: 'It stays in the console’s list of sessions, with your reason.',
      };
    case 'session_ended':
      return {
        tone: 'warning',
        title: 'The session was ended',
        text: 'It was ended in the console, or ended with your own session or role there. Begin another one in the console.',
      };
    case 'token_expired':
      return {
        tone: 'warning',
        title: 'The session has run out',
        text: 'It lasts half an hour at the most. Begin another one in the console.',
      };
    case 'account_deactivated':
      return {
        tone: 'warning',
        title: 'The account was deactivated',
        text: 'Nobody can sign in to it any more, and nobody can act as this person.',
      };
    case 'ticket_refused':
      return {
        tone: 'warning',
        title: 'This link does not work any more',
        text: 'It works once, within a minute. Used a second time it ends the session: begin another one in the console.',
      };
    case 'unreachable':
      return {
        tone: 'warning',
        title: 'Castellan can not be reached',
        text: 'Nobody can say now whether the session stands, so nothing is shown. Reload this page shortly.',
      };
    default:
      return {
        tone: 'warning',
        title: 'There is no such session here',
        text: 'It is over, or was opened in another browser. Begin another one in the console.',
      };
  }
}

/** Why the browser came back from Castellan without a sign-in. */
export function returnNotice(code: string, issuer: string): Notice {
  switch (code) {
    case 'access_denied':
      return {
        tone: 'info',
        title: 'You are not signed in',
        text: 'You declined on Castellan’s page. Nothing was shared with Orders.',
      };
    case 'not_begun_here':
      return {
        tone: 'warning',
        title: 'That sign-in was not begun here',
        text: 'It is over, or another browser began it. Sign in again from this page.',
      };
    case 'unreachable':
      return {
        tone: 'warning',
        title: 'Castellan can not be reached',
        text: `It did not answer at ${new URL(issuer).host}. Try again shortly.`,
      };
    default:
      return {
        tone: 'danger',
        title: 'Signing in did not work',
        text: `Castellan answered “${code}”. Try again; if it stays, tell the operator of Orders.`,
      };
  }
}

/** Why signing in did not work. */
export function signInProblem(code: string, issuer: string, retryAfterSeconds: number | null): string {
  switch (code) {
    case 'invalid_credentials':
      return 'That e-mail and password do not match an account. Check both, or use the link in your invitation to set a password.';
    case 'validation_failed':
      return 'Enter the whole e-mail address, such as ada@example.com.';
    case 'account_deactivated':
      return 'This account is deactivated. Ask an administrator to activate it.';
    case 'not_member':
      return 'This account is in no workspace that uses Orders. Ask an administrator for an invitation.';
    case 'rate_limited':
    case 'overloaded':
      return retryAfterSeconds
        ? `Too many tries. Wait ${retryAfterSeconds} seconds, then try again.`
        : 'Too many tries. Wait a little, then try again.';
    case 'origin_refused':
    case 'service_unknown':
      return `Castellan does not know this page as part of Orders. Its operator can register ${location.origin}.`;
    default:
      return `Castellan at ${new URL(issuer).host} can not be reached. Try again shortly.`;
  }
}

export const roleWords = { viewer: 'Viewer', editor: 'Editor', admin: 'Admin', owner: 'Owner' } as const;
export const statusWords = {
  paid: 'Paid',
  shipped: 'Shipped',
  delivered: 'Delivered',
  refunded: 'Refunded',
} as const;
