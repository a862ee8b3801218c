import { catalogue } from './catalogue.ts';

/** What mails say that a person asked for on an account page. Nothing in them was typed by whoever asked. */
export const mailMessages = catalogue(
  {
    hello: (name: string) => (name === '' ? 'Hello,' : `Hello ${name},`),
    until: (time: string) => `The link works once, until ${time} (UTC).`,
    askedFrom: (address: string) => `It was asked for from the address ${address}.`,
    signInSubject: 'Your link to sign in',
    signIn: 'Open this link and confirm there to sign in:',
    signInUnexpected: 'If that was not you, do nothing. Pass the link on to nobody: it opens your account.',
    resetSubject: 'Set a new password',
    reset: 'A new password was asked for. Set it here:',
    resetUnexpected: 'If that was not you, do nothing: your password stays as it is.',
    registerSubject: 'Finish your account',
    register: 'An account was asked for with this e-mail address. Finish it here:',
    registerUnexpected: 'If that was not you, do nothing: no account comes into being.',
    existsSubject: 'You have an account already',
    exists: 'An account was asked for with this e-mail address, and you have one already. Sign in here:',
    existsUnexpected:
      'If you forgot your password, set a new one from that page. If it was not you who asked, do nothing.',
  },
  {
    de: {
      hello: (name) => (name === '' ? 'Guten Tag,' : `Guten Tag ${name},`),
      until: (time) => `Der Link gilt einmal, bis ${time} (UTC).`,
      askedFrom: (address) => `Angefordert wurde er von der Adresse ${address}.`,
      signInSubject: 'Ihr Link zum Anmelden',
      signIn: 'Öffnen Sie diesen Link und bestätigen Sie dort, um sich anzumelden:',
      signInUnexpected:
        'Waren Sie das nicht, brauchen Sie nichts zu tun. Geben Sie den Link nicht weiter: Er öffnet Ihr Konto.',
      resetSubject: 'Neues Passwort festlegen',
      reset: 'Es wurde ein neues Passwort angefordert. Legen Sie es hier fest:',
      resetUnexpected: 'Waren Sie das nicht, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.',
      registerSubject: 'Schließen Sie Ihr Konto ab',
      register: 'Für diese E-Mail-Adresse wurde ein Konto angefordert. Schließen Sie es hier ab:',
      registerUnexpected: 'Waren Sie das nicht, brauchen Sie nichts zu tun: Es entsteht kein Konto.',
      existsSubject: 'Sie haben schon ein Konto',
      exists:
        'Für diese E-Mail-Adresse wurde ein Konto angefordert, und Sie haben bereits eines. Melden Sie sich hier an:',
      existsUnexpected:
        'Wenn Sie Ihr Passwort vergessen haben, legen Sie auf dieser Seite ein neues fest. Waren Sie es nicht, brauchen Sie nichts zu tun.',
    },
  },
);
