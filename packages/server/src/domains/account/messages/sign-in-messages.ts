import { catalogue } from './catalogue.ts';

/** Texts of the ways in: sign-in, second factor, links by e-mail, workspace, sign-out. */
export const signInMessages = catalogue(
  {
    title: 'Sign in',
    againTitle: 'Confirm that it is you',
    againLead: (name: string) => `You are signed in as ${name}. Sign in once more to go on.`,
    email: 'E-mail',
    password: 'Password',
    forgot: 'Forgot it?',
    submit: 'Sign in',
    mailLink: 'E-mail me a link',
    or: 'or',
    with: (provider: string) => `Continue with ${provider}`,
    passkey: 'Sign in with a passkey',
    passkeyProblem: 'That passkey could not be used here. Try again, or sign in another way.',
    noAccount: 'No account yet?',
    register: 'Register',
    emailMissing: 'Enter your e-mail address.',
    emailWrong: 'Enter an e-mail address such as ada@example.com.',
    passwordMissing: 'Enter your password.',
    passwordTooLong: 'That is longer than any password here.',
    noticeSet: 'Your new password is set. Sign in with it.',
    noticeSignedOut: 'You are signed out.',
    noticeOtherProof:
      'The service that you signed in with does not say when you last proved who you are there. Confirm it here: with your password, a passkey or a link by e-mail.',
    invalid_credentials:
      'That e-mail and password do not match an account. Check both; if you forgot the password, set a new one.',
    account_deactivated:
      'This account is deactivated. Ask an administrator of your organisation to activate it.',
    rate_limited: 'Too many tries. Wait a few minutes, then try again, or use a link by e-mail.',
    overloaded: 'Many people are signing in at this moment. Wait a few seconds, then try again.',

    linkTitle: 'Get a link by e-mail',
    linkLead: 'We send a link that signs you in, without a password.',
    linkSubmit: 'E-mail me a link',
    sentTitle: 'Look into your mailbox',
    sentLead: 'If there is an account with that e-mail address, a link is on its way to it.',
    sentLife: (minutes: number) => `The link works once, for ${minutes} minutes.`,
    sentNothing: 'Nothing there after a few minutes? Look among spam, check the address and ask again.',
    sentAgain: 'Ask again',
    openTitle: 'Sign in with this link?',
    openAs: 'Account',
    openLead: 'Confirm that you want to sign in with this browser.',
    openElsewhere:
      'This link was asked for in another browser or on another device. Go on only if that was you.',
    openSubmit: 'Sign in',
    openFoot: 'If you did not ask for this link, close this page. Nothing happens.',

    closedUnknownTitle: 'This link is not complete',
    closedUnknownLead: 'It may have been cut off when it was copied or sent.',
    closedUsedTitle: 'This link was used before',
    closedUsedLead: 'Each link works only once.',
    closedReplacedTitle: 'This link was replaced',
    closedReplacedLead: 'Another one was used since, or it was taken back.',
    closedExpiredTitle: 'This link has expired',
    closedExpiredLead: 'It worked for a short while only.',
    closedDeactivatedTitle: 'This account is deactivated',
    closedDeactivatedLead: 'Nobody can sign in to it now.',
    closedDeactivatedHelp: 'Ask an administrator of your organisation to activate it.',
    closedHelp: 'Ask for a new link. If it was not you who used it, set a new password, too.',
    closedHelpUnknown: 'Copy the whole link from the message and open it again, or ask for a new one.',
    newLink: 'Get a new link',

    workspaceTitle: 'Choose a workspace',
    workspaceLead: (name: string) => `${name} asks which one this is about.`,
    workspaceLeadOwn: 'You belong to several.',
    workspaceLegend: 'Workspaces',
    workspaceSubmit: 'Continue',
    workspaceMissing: 'Choose one of the workspaces.',
    workspaceNoneTitle: 'You are in no workspace',
    workspaceNoneLead: 'What you want to open needs one.',
    workspaceNoneHelp: 'Ask somebody there to invite you, with the e-mail address of this account.',
    workspaceMethod: 'This workspace does not take the way you signed in.',
    workspaceMethodHelp: (ways: string) => `Sign in again with one of these: ${ways}.`,
    workspaceSecondFactor: 'asks for a second factor',
    workspaceEnrolment: 'asks for a second factor: you can add one next',
    workspaceRecent: 'asks for a newer sign-in',
    workspaceOtherWay: 'asks for another way to sign in',
    signInAgain: 'Sign in another way',
    wayPassword: 'password',
    wayPasskey: 'passkey',
    wayLink: 'link by e-mail',

    signOutTitle: 'Sign out?',
    signOutLead: (email: string) => `You are signed in as ${email}.`,
    signOutAsked: (app: string, email: string) =>
      `${app} asks to sign you out. You are signed in as ${email}.`,
    signOutHelp: 'This ends your sign-in with this browser, and what you allowed apps in it.',
    signOutSubmit: 'Sign out',
    stay: 'Stay signed in',
    signedOutTitle: 'You are signed out',
    signedOutLead: 'Your sign-in with this browser has ended.',
    signInAnew: 'Sign in again',
  },
  {
    de: {
      title: 'Anmelden',
      againTitle: 'Bestätigen Sie, dass Sie es sind',
      againLead: (name) =>
        `Sie sind als ${name} angemeldet. Melden Sie sich noch einmal an, um fortzufahren.`,
      email: 'E-Mail',
      password: 'Passwort',
      forgot: 'Vergessen?',
      submit: 'Anmelden',
      mailLink: 'Link per E-Mail schicken',
      or: 'oder',
      with: (provider) => `Weiter mit ${provider}`,
      passkey: 'Mit einem Passkey anmelden',
      passkeyProblem:
        'Dieser Passkey konnte hier nicht benutzt werden. Versuchen Sie es noch einmal, oder melden Sie sich anders an.',
      noAccount: 'Noch kein Konto?',
      register: 'Registrieren',
      emailMissing: 'Geben Sie Ihre E-Mail-Adresse ein.',
      emailWrong: 'Geben Sie eine E-Mail-Adresse ein, etwa ada@example.com.',
      passwordMissing: 'Geben Sie Ihr Passwort ein.',
      passwordTooLong: 'So lang ist hier kein Passwort.',
      noticeSet: 'Ihr neues Passwort ist festgelegt. Melden Sie sich damit an.',
      noticeSignedOut: 'Sie sind abgemeldet.',
      noticeOtherProof:
        'Der Dienst, mit dem Sie sich angemeldet haben, sagt nicht, wann Sie sich dort zuletzt ausgewiesen haben. Bestätigen Sie es hier: mit Ihrem Passwort, einem Passkey oder einem Link per E-Mail.',
      invalid_credentials:
        'E-Mail und Passwort passen zu keinem Konto. Prüfen Sie beides; wenn Sie das Passwort vergessen haben, legen Sie ein neues fest.',
      account_deactivated:
        'Dieses Konto ist deaktiviert. Bitten Sie jemanden aus der Verwaltung Ihrer Organisation, es zu aktivieren.',
      rate_limited:
        'Zu viele Versuche. Warten Sie einige Minuten und versuchen Sie es noch einmal, oder nutzen Sie einen Link per E-Mail.',
      overloaded:
        'Gerade melden sich viele Menschen an. Warten Sie einige Sekunden und versuchen Sie es noch einmal.',

      linkTitle: 'Link per E-Mail',
      linkLead: 'Wir schicken einen Link, der Sie ohne Passwort anmeldet.',
      linkSubmit: 'Link per E-Mail schicken',
      sentTitle: 'Sehen Sie in Ihr Postfach',
      sentLead: 'Wenn es ein Konto mit dieser E-Mail-Adresse gibt, ist ein Link dorthin unterwegs.',
      sentLife: (minutes) => `Der Link gilt einmal, ${minutes} Minuten lang.`,
      sentNothing:
        'Nach einigen Minuten noch nichts da? Sehen Sie im Spam nach, prüfen Sie die Adresse und fordern Sie ihn noch einmal an.',
      sentAgain: 'Noch einmal anfordern',
      openTitle: 'Mit diesem Link anmelden?',
      openAs: 'Konto',
      openLead: 'Bestätigen Sie, dass Sie sich mit diesem Browser anmelden wollen.',
      openElsewhere:
        'Dieser Link wurde in einem anderen Browser oder auf einem anderen Gerät angefordert. Fahren Sie nur fort, wenn Sie das waren.',
      openSubmit: 'Anmelden',
      openFoot: 'Wenn Sie den Link nicht angefordert haben, schließen Sie diese Seite. Es geschieht nichts.',

      closedUnknownTitle: 'Dieser Link ist nicht vollständig',
      closedUnknownLead: 'Vielleicht wurde er beim Kopieren oder Senden abgeschnitten.',
      closedUsedTitle: 'Dieser Link wurde schon benutzt',
      closedUsedLead: 'Jeder Link gilt nur einmal.',
      closedReplacedTitle: 'Dieser Link wurde ersetzt',
      closedReplacedLead: 'Inzwischen wurde ein anderer benutzt, oder er wurde zurückgenommen.',
      closedExpiredTitle: 'Dieser Link ist abgelaufen',
      closedExpiredLead: 'Er galt nur kurze Zeit.',
      closedDeactivatedTitle: 'Dieses Konto ist deaktiviert',
      closedDeactivatedLead: 'Niemand kann sich jetzt damit anmelden.',
      closedDeactivatedHelp: 'Bitten Sie jemanden aus der Verwaltung Ihrer Organisation, es zu aktivieren.',
      closedHelp:
        'Fordern Sie einen neuen Link an. Wenn nicht Sie ihn benutzt haben, legen Sie auch ein neues Passwort fest.',
      closedHelpUnknown:
        'Kopieren Sie den ganzen Link aus der Nachricht und öffnen Sie ihn noch einmal, oder fordern Sie einen neuen an.',
      newLink: 'Neuen Link anfordern',

      workspaceTitle: 'Arbeitsbereich wählen',
      workspaceLead: (name) => `${name} fragt, um welchen es geht.`,
      workspaceLeadOwn: 'Sie gehören zu mehreren.',
      workspaceLegend: 'Arbeitsbereiche',
      workspaceSubmit: 'Weiter',
      workspaceMissing: 'Wählen Sie einen der Arbeitsbereiche.',
      workspaceNoneTitle: 'Sie sind in keinem Arbeitsbereich',
      workspaceNoneLead: 'Was Sie öffnen wollen, braucht einen.',
      workspaceNoneHelp: 'Bitten Sie jemanden von dort, Sie mit der E-Mail-Adresse dieses Kontos einzuladen.',
      workspaceMethod: 'Dieser Arbeitsbereich nimmt Ihre Art der Anmeldung nicht an.',
      workspaceMethodHelp: (ways) => `Melden Sie sich noch einmal an, auf eine dieser Arten: ${ways}.`,
      workspaceSecondFactor: 'verlangt einen zweiten Faktor',
      workspaceEnrolment: 'verlangt einen zweiten Faktor: den können Sie gleich hinzufügen',
      workspaceRecent: 'verlangt eine neuere Anmeldung',
      workspaceOtherWay: 'verlangt eine andere Art der Anmeldung',
      signInAgain: 'Anders anmelden',
      wayPassword: 'Passwort',
      wayPasskey: 'Passkey',
      wayLink: 'Link per E-Mail',

      signOutTitle: 'Abmelden?',
      signOutLead: (email) => `Sie sind als ${email} angemeldet.`,
      signOutAsked: (app, email) => `${app} möchte Sie abmelden. Sie sind als ${email} angemeldet.`,
      signOutHelp:
        'Das beendet Ihre Anmeldung mit diesem Browser und was Sie Anwendungen darin erlaubt haben.',
      signOutSubmit: 'Abmelden',
      stay: 'Angemeldet bleiben',
      signedOutTitle: 'Sie sind abgemeldet',
      signedOutLead: 'Ihre Anmeldung mit diesem Browser ist beendet.',
      signInAnew: 'Wieder anmelden',
    },
  },
);

/** The texts of the ways in, in one language. */
export type SignInTexts = ReturnType<typeof signInMessages>;

/** What a workspace asks for that a sign-in has not proved, in a few words beside its name. */
export function workspaceNote(
  texts: SignInTexts,
  standing: 'second_factor' | 'enrolment' | 'recent' | 'method',
): string {
  switch (standing) {
    case 'second_factor':
      return texts.workspaceSecondFactor;
    case 'enrolment':
      return texts.workspaceEnrolment;
    case 'recent':
      return texts.workspaceRecent;
    case 'method':
      return texts.workspaceOtherWay;
  }
}
