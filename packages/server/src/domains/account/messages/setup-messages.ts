import { catalogue } from './catalogue.ts';

/** Texts of the page where the first administrator is made. */
export const setupMessages = catalogue(
  {
    title: 'Set up Castellan',
    lead: 'Make the first administrator. Everybody else is invited from the console.',
    email: 'Your e-mail',
    emailHelp: 'You sign in with it.',
    submit: 'Make administrator',
    foot: 'The link works once, for 24 hours, and only while nobody has an account.',

    unknownTitle: 'This link is not complete',
    unknownLead: 'It may have been cut off when it was copied.',
    unknownHelp: 'Copy the whole link that the server printed when it started.',
    doneTitle: 'Castellan is set up already',
    doneLead: 'There is an administrator.',
    doneHelp:
      'Sign in to the console. Who runs the server can make another administrator with castellan-server promote.',
    doneSignIn: 'Sign in to the console',
    replacedTitle: 'This link was replaced',
    replacedLead: 'The server has started since and printed a newer one.',
    replacedHelp: 'Use the link that it printed last.',
    expiredTitle: 'This link has expired',
    expiredLead: 'Set-up links work for 24 hours.',
    expiredHelp: 'Start the server again: it prints a new one.',
  },
  {
    de: {
      title: 'Castellan einrichten',
      lead: 'Legen Sie das erste Konto der Verwaltung an. Alle anderen werden von der Konsole aus eingeladen.',
      email: 'Ihre E-Mail',
      emailHelp: 'Damit melden Sie sich an.',
      submit: 'Konto anlegen',
      foot: 'Der Link gilt einmal, 24 Stunden lang, und nur solange niemand ein Konto hat.',

      unknownTitle: 'Dieser Link ist nicht vollständig',
      unknownLead: 'Vielleicht wurde er beim Kopieren abgeschnitten.',
      unknownHelp: 'Kopieren Sie den ganzen Link, den der Server beim Start ausgegeben hat.',
      doneTitle: 'Castellan ist schon eingerichtet',
      doneLead: 'Es gibt bereits eine Verwaltung.',
      doneHelp:
        'Melden Sie sich an der Konsole an. Wer den Server betreibt, kann mit castellan-server promote weitere Konten dazu berechtigen.',
      doneSignIn: 'An der Konsole anmelden',
      replacedTitle: 'Dieser Link wurde ersetzt',
      replacedLead: 'Der Server wurde inzwischen neu gestartet und hat einen neueren ausgegeben.',
      replacedHelp: 'Nehmen Sie den, den er zuletzt ausgegeben hat.',
      expiredTitle: 'Dieser Link ist abgelaufen',
      expiredLead: 'Links zum Einrichten gelten 24 Stunden.',
      expiredHelp: 'Starten Sie den Server neu: Er gibt einen neuen aus.',
    },
  },
);
