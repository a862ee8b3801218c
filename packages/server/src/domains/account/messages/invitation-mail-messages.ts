import { catalogue } from './catalogue.ts';

/** What the mail to somebody who is invited says. */
export const invitationMailMessages = catalogue(
  {
    subject: 'Set a password for your account',
    hello: (name: string) => `Hello ${name},`,
    opening: (inviter: string, workspaces: string) =>
      `${inviter === '' ? 'An account was made for you' : `${inviter} made an account for you`}${workspaces === '' ? '.' : `, in ${workspaces}.`}`,
    ask: 'To use it, set a password here:',
    until: (day: string) => `The link works once, until ${day} (UTC).`,
    unexpected: 'If you did not expect this, do nothing: without a password the account can not be used.',
  },
  {
    de: {
      subject: 'Legen Sie ein Passwort für Ihr Konto fest',
      hello: (name) => `Guten Tag ${name},`,
      opening: (inviter, workspaces) =>
        `${inviter === '' ? 'für Sie wurde ein Konto angelegt' : `${inviter} hat für Sie ein Konto angelegt`}${workspaces === '' ? '.' : `, in ${workspaces}.`}`,
      ask: 'Um es zu benutzen, legen Sie hier ein Passwort fest:',
      until: (day) => `Der Link gilt einmal, bis zum ${day} (UTC).`,
      unexpected:
        'Wenn Sie das nicht erwartet haben, brauchen Sie nichts zu tun: Ohne Passwort kann niemand das Konto benutzen.',
    },
  },
);
