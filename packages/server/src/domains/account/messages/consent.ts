import { catalogue } from './catalogue.ts';

/** Texts of what apps ask for: consent, device code, connected apps, errors of OAuth. */
export const consentTexts = catalogue(
  {
    title: (app: string) => `${app} wants access to your account`,
    signedInAs: 'You are signed in as',
    otherAccount: 'Use another account',
    service: (service: string) => `An app of ${service}, registered here by your organisation.`,
    fromDocument: 'It is known by its address. Your organisation has not looked at it:',
    notVerified: 'Not verified. Anybody can give an app any name: this one registered itself.',
    mixesAlphabets: 'Its name mixes letters of several alphabets, so it may not read as it looks.',
    resembles: (name: string) =>
      `Its name looks like “${name}”, which is registered here. It is not the same app.`,
    nameAltered: 'Its name is shortened, or without characters that can not be seen.',
    nameless: 'An app without a readable name',
    returnsTo: 'You return to',
    returnsToApp: (scheme: string) => `an app on this device (${scheme})`,
    loopback: 'This is a program on this computer. Allow it only if you have just started it yourself.',
    allowsTitle: 'It may',
    alwaysIncluded: 'always included',
    scopeOpenid: 'Recognise you',
    scopeOpenidHelp: 'It gets a number that stands for you, when and how you signed in.',
    scopeProfile: 'See your name',
    scopeProfileHelp: 'As it stands in your profile.',
    scopeEmail: 'See your e-mail address',
    scopeEmailHelp: 'And whether it is confirmed.',
    scopeOffline: 'Keep its access after you sign out here',
    scopeOfflineHelp: 'Without this its access ends when you sign out.',
    scopeOther: (scope: string) => `Use ${scope}`,
    deniesTitle: 'It may not',
    deniesPassword: 'see your password, passkeys or codes',
    deniesAccount: 'change your account or its ways to sign in',
    deniesMore: 'do anything that is not in the list above',
    durationTitle: 'For how long',
    durationText: (days: number, idleDays: number) =>
      `Up to ${days} days; ${idleDays} days without use end it. You can end it at any time under “Connected apps”.`,
    workspaceTitle: 'For which workspace',
    workspaceHelp: 'It gets access to this workspace only.',
    workspaceNone: 'None',
    workspaceUnknown: 'Choose one of the workspaces in the list.',
    workspaceClosed: (workspace: string, ways: string) =>
      `${workspace} does not take the way you signed in. It takes: ${ways}.`,
    allow: 'Allow',
    refuse: 'Refuse',
    refuseHelp: 'Refusing changes nothing. The app is told that you refused.',
    accountTitle: 'With which account?',
    accountLead: (app: string) => `${app} asks you to choose.`,
    accountContinue: (email: string) => `Continue as ${email}`,
    strongerTitle: 'A stronger sign-in is needed',
    strongerLead: (app: string) => `${app} asks for more than your sign-in proves.`,
    strongerPasskey:
      'It wants a passkey. If you have one, sign in with it. If not, add one first, then go back to the app.',
    strongerFactor:
      'It wants a second factor or a passkey. If you have one, sign in with it. If not, add one first, then go back to the app.',
    strongerAgain: 'Sign in again',
    strongerAdd: 'See your ways to sign in',
    leavingTitle: 'One moment',
    leavingLead: 'You are being taken on.',
    leavingLink: 'Continue',

    goneTitle: 'This request is over',
    goneLead: 'It was finished already, or it waited too long.',
    goneHelp: 'Go back to the app and start again. It will ask for a new one.',
    goneRefused: 'If you did not start it, there is nothing to do.',

    deviceTitle: 'Connect a device',
    deviceLead: 'Enter the code that your device or program shows.',
    deviceCode: 'Code',
    deviceCodeHelp: 'Eight letters, such as WDJB-MJHT. Spaces, hyphens and small letters do not matter.',
    deviceCodeMissing: 'Enter the code.',
    deviceCodeWrong: 'No device waits with this code. Look at it again; codes run out after a few minutes.',
    deviceContinue: 'Continue',
    deviceNeverAsked: 'Somebody sent you a code? Do not enter it: with it they would be signed in as you.',
    deviceConfirmTitle: (app: string) => `Connect ${app}?`,
    deviceConfirmLead: 'Compare the code with the one on your device.',
    deviceAskedFrom: 'Asked from',
    deviceAskedAt: 'Asked',
    deviceFromElsewhere:
      'The request came from another address than yours. Go on only if you started it there yourself.',
    deviceConfirm: 'Yes, connect',
    deviceCancel: 'No, refuse',
    deviceDoneTitle: 'Connected',
    deviceDoneLead: (app: string) => `${app} has access now. Go back to your device.`,
    deviceDoneHelp: 'You can close this page.',
    deviceRefusedTitle: 'Refused',
    deviceRefusedLead: (app: string) => `${app} has no access. Its code works no more.`,
    deviceForeignTitle: 'Enter the code again',
    deviceForeignLead: 'This code was shown in another browser or sign-in, or it ran out.',

    appsTitle: 'Connected apps',
    appsLead: 'Apps and programs that may act for you, because you allowed it.',
    appsEmpty: 'No app has access to your account.',
    appsEmptyHelp: 'When one asks, you are shown what it wants and can refuse.',
    appMay: 'May',
    appSince: (date: string) => `since ${date}`,
    appLastUsed: (when: string) => `last used ${when}`,
    appDevices: (count: number) => (count === 1 ? 'in one place' : `in ${count} places`),
    appNoSession: 'remembered, not in use now',
    appOf: (service: string) => `of ${service}`,
    appUnverified: 'not verified',
    appRevoke: 'Disconnect…',
    appRevokeLabel: (app: string) => `Disconnect ${app}`,
    appRevokeTitle: (app: string) => `Disconnect ${app}?`,
    appRevokeLead: 'It loses at its next call:',
    appLoseSignIns: (count: number) =>
      count === 0
        ? 'no sign-in: it has none now'
        : count === 1
          ? 'its one sign-in as you'
          : `all ${count} sign-ins as you`,
    appLoseConsent: 'what you agreed to: it has to ask you again',
    appKeeps: 'What it has read or saved already stays with it.',
    appLocal: 'A token that it holds and nobody asks about may still work for up to 15 minutes.',
    appRevokeConfirm: 'Disconnect',
    appRevoked: 'The app has no access any more.',

    errorTitle: 'This sign-in can not go on',
    errorLead: 'An app sent you here with a request that can not be answered.',
    errorServerTitle: 'Something went wrong here',
    errorServerLead: 'Your account is as it was. Try again in a moment.',
    errorCode: 'Error',
    errorDescription: 'What it says',
    errorApp: 'App',
    errorCorrelation: 'Correlation id',
    errorAdviceTitle: 'What to do',
    errorAdvicePerson:
      'Go back to the app and start again. If it stays like this, tell its makers this page’s error.',
    errorAdviceRedirect:
      'The address that the app wants you to return to is not registered, so you are not sent there. Its makers have to register it.',
    errorAdviceClient:
      'The app is not registered here, or not any more. Its makers or your administrator can register it.',
    errorAdviceExpired: 'The request waited too long or was used before. Go back to the app and start again.',
    errorAdviceCookies: 'Allow cookies for this site, then go back to the app and start again.',
    errorFoot: 'Give the correlation id to your operator if you ask for help.',
  },
  {
    de: {
      title: (app) => `${app} möchte Zugang zu Ihrem Konto`,
      signedInAs: 'Sie sind angemeldet als',
      otherAccount: 'Anderes Konto verwenden',
      service: (service) => `Eine App von ${service}, hier von Ihrer Organisation eingetragen.`,
      fromDocument: 'Die App ist nach ihrer Adresse bekannt. Ihre Organisation hat sie nicht geprüft:',
      notVerified:
        'Nicht geprüft. Jeder kann einer App jeden Namen geben: diese hat sich selbst eingetragen.',
      mixesAlphabets:
        'Der Name der App mischt Buchstaben mehrerer Alphabete; er liest sich vielleicht anders, als er aussieht.',
      resembles: (name) =>
        `Der Name der App sieht aus wie „${name}“, das hier eingetragen ist. Es ist nicht dieselbe App.`,
      nameAltered: 'Der Name der App ist gekürzt oder ohne Zeichen, die man nicht sehen kann.',
      nameless: 'Eine App ohne lesbaren Namen',
      returnsTo: 'Sie kehren zurück zu',
      returnsToApp: (scheme) => `einer App auf diesem Gerät (${scheme})`,
      loopback:
        'Das ist ein Programm auf diesem Rechner. Erlauben Sie es nur, wenn Sie es eben selbst gestartet haben.',
      allowsTitle: 'Die App darf',
      alwaysIncluded: 'immer dabei',
      scopeOpenid: 'Sie wiedererkennen',
      scopeOpenidHelp:
        'Die App erhält eine Nummer, die für Sie steht, und wann und wie Sie sich angemeldet haben.',
      scopeProfile: 'Ihren Namen sehen',
      scopeProfileHelp: 'So, wie er in Ihrem Profil steht.',
      scopeEmail: 'Ihre E-Mail-Adresse sehen',
      scopeEmailHelp: 'Und ob sie bestätigt ist.',
      scopeOffline: 'Zugang behalten, nachdem Sie sich hier abgemeldet haben',
      scopeOfflineHelp: 'Sonst endet er, wenn Sie sich abmelden.',
      scopeOther: (scope) => `${scope} verwenden`,
      deniesTitle: 'Die App darf nicht',
      deniesPassword: 'Ihr Passwort, Ihre Passkeys oder Codes sehen',
      deniesAccount: 'Ihr Konto oder seine Anmeldewege ändern',
      deniesMore: 'etwas tun, das nicht in der Liste oben steht',
      durationTitle: 'Wie lange',
      durationText: (days, idleDays) =>
        `Bis zu ${days} Tage; ${idleDays} Tage ohne Benutzung beenden es. Unter „Verbundene Apps“ können Sie es jederzeit beenden.`,
      workspaceTitle: 'Für welchen Arbeitsbereich',
      workspaceHelp: 'Die App erhält nur zu diesem Arbeitsbereich Zugang.',
      workspaceNone: 'Keinen',
      workspaceUnknown: 'Wählen Sie einen der Arbeitsbereiche aus der Liste.',
      workspaceClosed: (workspace, ways) =>
        `${workspace} nimmt Ihre Art der Anmeldung nicht an, sondern: ${ways}.`,
      allow: 'Erlauben',
      refuse: 'Ablehnen',
      refuseHelp: 'Wenn Sie ablehnen, ändert sich nichts. Die App erfährt, dass Sie abgelehnt haben.',
      accountTitle: 'Mit welchem Konto?',
      accountLead: (app) => `${app} bittet Sie zu wählen.`,
      accountContinue: (email) => `Weiter als ${email}`,
      strongerTitle: 'Es braucht eine stärkere Anmeldung',
      strongerLead: (app) => `${app} verlangt mehr, als Ihre Anmeldung beweist.`,
      strongerPasskey:
        'Die App verlangt einen Passkey. Haben Sie einen, dann melden Sie sich damit an. Sonst fügen Sie zuerst einen hinzu und gehen dann zur App zurück.',
      strongerFactor:
        'Die App verlangt einen zweiten Faktor oder einen Passkey. Haben Sie einen, dann melden Sie sich damit an. Sonst fügen Sie zuerst einen hinzu und gehen dann zur App zurück.',
      strongerAgain: 'Noch einmal anmelden',
      strongerAdd: 'Zu Ihren Anmeldewegen',
      leavingTitle: 'Einen Augenblick',
      leavingLead: 'Es geht gleich weiter.',
      leavingLink: 'Weiter',

      goneTitle: 'Diese Anfrage ist vorbei',
      goneLead: 'Sie wurde schon beendet, oder sie hat zu lange gewartet.',
      goneHelp: 'Gehen Sie zur App zurück und beginnen Sie noch einmal. Sie stellt dann eine neue.',
      goneRefused: 'Wenn Sie sie nicht begonnen haben, ist nichts zu tun.',

      deviceTitle: 'Ein Gerät verbinden',
      deviceLead: 'Geben Sie den Code ein, den Ihr Gerät oder Programm anzeigt.',
      deviceCode: 'Code',
      deviceCodeHelp:
        'Acht Buchstaben, etwa WDJB-MJHT. Leerzeichen, Bindestriche und Kleinschreibung sind egal.',
      deviceCodeMissing: 'Geben Sie den Code ein.',
      deviceCodeWrong:
        'Mit diesem Code wartet kein Gerät. Sehen Sie noch einmal nach; Codes laufen nach einigen Minuten ab.',
      deviceContinue: 'Weiter',
      deviceNeverAsked:
        'Jemand hat Ihnen einen Code geschickt? Geben Sie ihn nicht ein: sonst ist diese Person als Sie angemeldet.',
      deviceConfirmTitle: (app) => `${app} verbinden?`,
      deviceConfirmLead: 'Vergleichen Sie den Code mit dem auf Ihrem Gerät.',
      deviceAskedFrom: 'Angefragt von',
      deviceAskedAt: 'Angefragt',
      deviceFromElsewhere:
        'Die Anfrage kam von einer anderen Adresse als Ihrer. Machen Sie nur weiter, wenn Sie sie dort selbst begonnen haben.',
      deviceConfirm: 'Ja, verbinden',
      deviceCancel: 'Nein, ablehnen',
      deviceDoneTitle: 'Verbunden',
      deviceDoneLead: (app) => `${app} hat jetzt Zugang. Gehen Sie zu Ihrem Gerät zurück.`,
      deviceDoneHelp: 'Sie können diese Seite schließen.',
      deviceRefusedTitle: 'Abgelehnt',
      deviceRefusedLead: (app) => `${app} hat keinen Zugang. Der Code gilt nicht mehr.`,
      deviceForeignTitle: 'Geben Sie den Code noch einmal ein',
      deviceForeignLead:
        'Dieser Code wurde in einem anderen Browser oder einer anderen Anmeldung gezeigt, oder er ist abgelaufen.',

      appsTitle: 'Verbundene Apps',
      appsLead: 'Apps und Programme, die für Sie handeln dürfen, weil Sie es erlaubt haben.',
      appsEmpty: 'Keine App hat Zugang zu Ihrem Konto.',
      appsEmptyHelp: 'Wenn eine fragt, sehen Sie, was sie möchte, und können ablehnen.',
      appMay: 'Darf',
      appSince: (date) => `seit ${date}`,
      appLastUsed: (when) => `zuletzt benutzt ${when}`,
      appDevices: (count) => (count === 1 ? 'an einer Stelle' : `an ${count} Stellen`),
      appNoSession: 'gemerkt, zurzeit nicht in Benutzung',
      appOf: (service) => `von ${service}`,
      appUnverified: 'nicht geprüft',
      appRevoke: 'Trennen …',
      appRevokeLabel: (app) => `${app} trennen`,
      appRevokeTitle: (app) => `${app} trennen?`,
      appRevokeLead: 'Die App verliert mit der nächsten Anfrage:',
      appLoseSignIns: (count) =>
        count === 0
          ? 'keine Anmeldung: sie hat zurzeit keine'
          : count === 1
            ? 'ihre eine Anmeldung als Sie'
            : `alle ${count} Anmeldungen als Sie`,
      appLoseConsent: 'was Sie erlaubt haben: sie muss Sie wieder fragen',
      appKeeps: 'Was sie schon gelesen oder gespeichert hat, bleibt bei ihr.',
      appLocal: 'Ein Token, das sie hat und nach dem niemand fragt, kann noch bis zu 15 Minuten gelten.',
      appRevokeConfirm: 'Trennen',
      appRevoked: 'Die App hat keinen Zugang mehr.',

      errorTitle: 'Diese Anmeldung kann nicht weitergehen',
      errorLead: 'Eine App hat Sie mit einer Anfrage hergeschickt, die nicht beantwortet werden kann.',
      errorServerTitle: 'Hier ist etwas schiefgegangen',
      errorServerLead: 'Ihr Konto ist, wie es war. Versuchen Sie es gleich noch einmal.',
      errorCode: 'Fehler',
      errorDescription: 'Was er sagt',
      errorApp: 'App',
      errorCorrelation: 'Vorgangsnummer',
      errorAdviceTitle: 'Was Sie tun können',
      errorAdvicePerson:
        'Gehen Sie zur App zurück und beginnen Sie noch einmal. Bleibt es so, dann nennen Sie den Herstellern den Fehler von dieser Seite.',
      errorAdviceRedirect:
        'Die Adresse, zu der die App Sie zurückholen will, ist nicht eingetragen; darum werden Sie nicht dorthin geschickt. Die Hersteller müssen sie eintragen.',
      errorAdviceClient:
        'Die App ist hier nicht oder nicht mehr eingetragen. Ihre Hersteller oder Ihre Verwaltung können sie eintragen.',
      errorAdviceExpired:
        'Die Anfrage hat zu lange gewartet oder wurde schon benutzt. Gehen Sie zur App zurück und beginnen Sie noch einmal.',
      errorAdviceCookies:
        'Erlauben Sie Cookies für diese Seite, gehen Sie zur App zurück und beginnen Sie noch einmal.',
      errorFoot: 'Nennen Sie Ihrer Verwaltung die Vorgangsnummer, wenn Sie um Hilfe bitten.',
    },
  },
);

/** The texts above, in one language. */
export type ConsentTexts = ReturnType<typeof consentTexts>;
