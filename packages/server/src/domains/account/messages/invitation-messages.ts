import { catalogue } from './catalogue.ts';

/** Texts of the page where an invited person sets a password. */
export const invitationMessages = catalogue(
  {
    title: 'Set your password',
    leadBy: (name: string) => `${name} invited you. Choose a password to use your account.`,
    lead: 'Choose a password to use your account.',
    email: 'E-mail',
    workspace: 'Workspace',
    workspaces: 'Workspaces',
    submit: 'Set password',
    foot: 'The link works once. Nobody at your organisation sees the password.',
    doneTitle: 'Your password is set',
    doneLead: (email: string) => `You are signed in as ${email} with this browser.`,
    donePlaces: 'Where to go now',
    doneNowhere: 'Open the service that you were invited to. It knows you from now on.',
    doneAccount: 'See your account',

    unknownTitle: 'This link is not complete',
    unknownLead: 'It may have been cut off when it was copied or sent.',
    unknownHelp:
      'Copy the whole link from the message and open it again. If it stays like this, ask the person who invited you for a new one.',
    usedTitle: 'This link was used before',
    usedLead: 'A password was set with it, and it works only once.',
    usedHelp:
      'Sign in with that password. If it was not you who set it, tell the person who invited you at once.',
    replacedTitle: 'This link was replaced',
    replacedLead: 'It was taken back, or a newer one was made since.',
    replacedHelp:
      'Look for a later message and use the link in it. If there is none, ask the person who invited you.',
    expiredTitle: 'This link has expired',
    expiredLead: 'Invitations work for seven days.',
    expiredHelp: 'Ask the person who invited you for a new one. Your account is still there.',
    deactivatedTitle: 'This account is deactivated',
    deactivatedLead: 'No password can be set for it now.',
    deactivatedHelp:
      'Ask the person who invited you, or an administrator of your organisation, to activate it.',
    foreignTitle: 'This form came from another site',
    foreignLead: 'Nothing was changed.',
    foreignHelp: 'Open the link from your invitation itself and set the password there.',
  },
  {
    de: {
      title: 'Passwort festlegen',
      leadBy: (name) => `${name} hat Sie eingeladen. Wählen Sie ein Passwort für Ihr Konto.`,
      lead: 'Wählen Sie ein Passwort für Ihr Konto.',
      email: 'E-Mail',
      workspace: 'Arbeitsbereich',
      workspaces: 'Arbeitsbereiche',
      submit: 'Passwort festlegen',
      foot: 'Der Link gilt einmal. Niemand in Ihrer Organisation sieht das Passwort.',
      doneTitle: 'Ihr Passwort ist festgelegt',
      doneLead: (email) => `Sie sind mit diesem Browser als ${email} angemeldet.`,
      donePlaces: 'Wohin jetzt',
      doneNowhere: 'Öffnen Sie den Dienst, zu dem Sie eingeladen wurden. Er kennt Sie von jetzt an.',
      doneAccount: 'Ihr Konto ansehen',

      unknownTitle: 'Dieser Link ist nicht vollständig',
      unknownLead: 'Vielleicht wurde er beim Kopieren oder Senden abgeschnitten.',
      unknownHelp:
        'Kopieren Sie den ganzen Link aus der Nachricht und öffnen Sie ihn noch einmal. Wenn es dabei bleibt, bitten Sie die Person, die Sie eingeladen hat, um einen neuen.',
      usedTitle: 'Dieser Link wurde schon benutzt',
      usedLead: 'Mit ihm wurde ein Passwort festgelegt, und er gilt nur einmal.',
      usedHelp:
        'Melden Sie sich mit diesem Passwort an. Wenn nicht Sie es festgelegt haben, sagen Sie es sofort der Person, die Sie eingeladen hat.',
      replacedTitle: 'Dieser Link wurde ersetzt',
      replacedLead: 'Er wurde zurückgenommen, oder es gibt inzwischen einen neueren.',
      replacedHelp:
        'Suchen Sie eine spätere Nachricht und nehmen Sie den Link darin. Gibt es keine, fragen Sie die Person, die Sie eingeladen hat.',
      expiredTitle: 'Dieser Link ist abgelaufen',
      expiredLead: 'Einladungen gelten sieben Tage.',
      expiredHelp: 'Bitten Sie die Person, die Sie eingeladen hat, um einen neuen. Ihr Konto ist noch da.',
      deactivatedTitle: 'Dieses Konto ist deaktiviert',
      deactivatedLead: 'Dafür kann jetzt kein Passwort festgelegt werden.',
      deactivatedHelp:
        'Bitten Sie die Person, die Sie eingeladen hat, oder die Verwaltung Ihrer Organisation, es zu aktivieren.',
      foreignTitle: 'Dieses Formular kam von einer anderen Seite',
      foreignLead: 'Es wurde nichts geändert.',
      foreignHelp: 'Öffnen Sie den Link aus Ihrer Einladung selbst und legen Sie das Passwort dort fest.',
    },
  },
);
