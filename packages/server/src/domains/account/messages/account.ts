import { catalogue } from './catalogue.ts';

/** Texts of a person's own pages: frame, overview, profile, password, sessions, activity. */
export const accountTexts = catalogue(
  {
    navLabel: 'Your account',
    navHome: 'Overview',
    navProfile: 'Profile',
    navPassword: 'Password',
    navSecurity: 'Ways to sign in',
    navSessions: 'Sessions',
    navApps: 'Connected apps',
    navActivity: 'Activity',
    signOut: 'Sign out',
    signedInAs: 'Signed in as',
    skip: 'Skip to the content',

    homeTitle: 'Your account',
    homeLead: 'Who you are here, where you belong, and how you get in.',
    name: 'Name',
    email: 'E-mail',
    emailVerified: 'confirmed',
    workspaces: 'Workspaces',
    noWorkspaces: 'You are in no workspace yet. Somebody who runs one can invite you.',
    roleViewer: 'Viewer',
    roleEditor: 'Editor',
    roleAdmin: 'Admin',
    roleOwner: 'Owner',
    homePassword: 'Password',
    passwordSetOn: (date: string) => `set on ${date}`,
    passwordSet: 'set',
    passwordNone: 'none: you sign in another way',
    homeSessions: 'Signed in at',
    sessionCount: (count: number) => (count === 1 ? 'this browser only' : `${count} places`),
    homeApps: 'Connected apps',
    appCount: (count: number) => (count === 0 ? 'none' : count === 1 ? '1 app' : `${count} apps`),
    lastSignIn: 'This sign-in',

    profileTitle: 'Profile',
    profileLead: 'What the people you work with see.',
    profileNameHelp: 'As the people you work with know you.',
    profileEmailHelp: 'You sign in with it. An administrator of your organisation can change it.',
    profileNameMissing: 'Enter your name.',
    profileNameTooLong: 'Use at most 120 characters, all on one line.',
    language: 'Language of these pages',
    languageHelp: 'Of these pages and of mail to you.',
    languageUnknown: 'Choose one of the languages in the list.',
    save: 'Save',
    profileSaved: 'Saved.',

    passwordTitle: 'Password',
    passwordLead: 'Changing it signs you out everywhere but here.',
    passwordLeadNone: 'You have no password yet. With one you can also sign in by e-mail and password.',
    passwordCurrent: 'Current password',
    passwordCurrentMissing: 'Enter your current password.',
    passwordCurrentWrong: 'This is not your current password.',
    passwordNew: 'New password',
    passwordChange: 'Change password',
    passwordSetButton: 'Set password',
    passwordChanged: 'Your password is changed.',
    passwordChangedEnded: (count: number) =>
      count === 0
        ? 'You were signed in nowhere else.'
        : count === 1
          ? 'One other sign-in was ended.'
          : `${count} other sign-ins were ended.`,
    tooMuch: 'Too much is going on at this moment. Wait a little, then send the form again.',
    tooManyTries: (minutes: number) =>
      minutes <= 1
        ? 'Too many tries. Wait a minute, then try again.'
        : `Too many tries. Wait ${minutes} minutes, then try again.`,

    sessionsTitle: 'Sessions',
    sessionsLead:
      'Everywhere you are signed in now. End what you do not know; it is out at its next request.',
    sessionCurrent: 'This browser',
    sessionOf: (service: string) => `Signed in to ${service}`,
    sessionBrowser: 'Browser sign-in',
    sessionConsole: 'Signed in to the console',
    sessionLastUsed: (when: string) => `last used ${when}`,
    sessionSince: (date: string) => `since ${date}`,
    sessionAddress: (address: string) => `address ${address}`,
    sessionEnd: 'End',
    sessionEndLabel: (what: string) => `End: ${what}`,
    sessionsEndOthers: 'End all others',
    sessionsEndOthersHelp: (count: number) =>
      count === 1
        ? 'This signs out one other place, and the apps that were given access there.'
        : `This signs out ${count} other places, and the apps that were given access there.`,
    sessionsOnlyThis: 'You are signed in nowhere else.',
    sessionEnded: 'The session was ended.',
    sessionsEnded: (count: number) =>
      count === 0
        ? 'There was nothing else to end.'
        : count === 1
          ? 'One session was ended.'
          : `${count} sessions were ended.`,
    sessionsMore: (count: number) => `The ${count} latest are shown. “End all others” ends every one.`,
    unknownDevice: 'An unknown device',
    deviceOn: (program: string, system: string) => `${program} on ${system}`,
    placeHere: 'this computer',
    placeLocal: (address: string) => `your own network, ${address}`,
    placeUnknown: 'unknown address',

    activityTitle: 'Activity',
    activityLead: 'What you did here, and what others did to your account. Newest first.',
    activityEmpty: 'Nothing has happened yet.',
    activityOlder: 'Older',
    activityNewest: 'Newest',
    activityStrange: 'Something here was not you? End all other sessions, then change your password.',
    activityEndOthers: 'See your sessions',
    activityVia: (service: string) => `through ${service}`,

    gone: 'It is not there any more, or it was never yours. Nothing was changed.',
    cancel: 'Cancel',
    back: 'Back',
    never: 'never',
  },
  {
    de: {
      navLabel: 'Ihr Konto',
      navHome: 'Übersicht',
      navProfile: 'Profil',
      navPassword: 'Passwort',
      navSecurity: 'Anmeldewege',
      navSessions: 'Sitzungen',
      navApps: 'Verbundene Apps',
      navActivity: 'Aktivität',
      signOut: 'Abmelden',
      signedInAs: 'Angemeldet als',
      skip: 'Zum Inhalt springen',

      homeTitle: 'Ihr Konto',
      homeLead: 'Wer Sie hier sind, wozu Sie gehören und wie Sie hereinkommen.',
      name: 'Name',
      email: 'E-Mail',
      emailVerified: 'bestätigt',
      workspaces: 'Arbeitsbereiche',
      noWorkspaces: 'Sie gehören noch zu keinem Arbeitsbereich. Wer einen leitet, kann Sie einladen.',
      roleViewer: 'Lesend',
      roleEditor: 'Bearbeitend',
      roleAdmin: 'Verwaltend',
      roleOwner: 'Inhaberschaft',
      homePassword: 'Passwort',
      passwordSetOn: (date) => `gesetzt am ${date}`,
      passwordSet: 'gesetzt',
      passwordNone: 'keines: Sie melden sich auf anderem Weg an',
      homeSessions: 'Angemeldet an',
      sessionCount: (count) => (count === 1 ? 'nur diesem Browser' : `${count} Stellen`),
      homeApps: 'Verbundene Apps',
      appCount: (count) => (count === 0 ? 'keine' : count === 1 ? '1 App' : `${count} Apps`),
      lastSignIn: 'Diese Anmeldung',

      profileTitle: 'Profil',
      profileLead: 'Was die Menschen sehen, mit denen Sie arbeiten.',
      profileNameHelp: 'So, wie man Sie bei der Arbeit kennt.',
      profileEmailHelp: 'Damit melden Sie sich an. Die Verwaltung Ihrer Organisation kann sie ändern.',
      profileNameMissing: 'Geben Sie Ihren Namen ein.',
      profileNameTooLong: 'Höchstens 120 Zeichen, alle in einer Zeile.',
      language: 'Sprache dieser Seiten',
      languageHelp: 'Von diesen Seiten und von E-Mails an Sie.',
      languageUnknown: 'Wählen Sie eine der Sprachen aus der Liste.',
      save: 'Speichern',
      profileSaved: 'Gespeichert.',

      passwordTitle: 'Passwort',
      passwordLead: 'Wenn Sie es ändern, werden Sie überall sonst abgemeldet.',
      passwordLeadNone:
        'Sie haben noch kein Passwort. Mit einem können Sie sich auch mit E-Mail und Passwort anmelden.',
      passwordCurrent: 'Bisheriges Passwort',
      passwordCurrentMissing: 'Geben Sie Ihr bisheriges Passwort ein.',
      passwordCurrentWrong: 'Das ist nicht Ihr bisheriges Passwort.',
      passwordNew: 'Neues Passwort',
      passwordChange: 'Passwort ändern',
      passwordSetButton: 'Passwort setzen',
      passwordChanged: 'Ihr Passwort ist geändert.',
      passwordChangedEnded: (count) =>
        count === 0
          ? 'Sie waren nirgends sonst angemeldet.'
          : count === 1
            ? 'Eine andere Anmeldung wurde beendet.'
            : `${count} andere Anmeldungen wurden beendet.`,
      tooMuch: 'Im Augenblick ist zu viel los. Warten Sie ein wenig und senden Sie das Formular noch einmal.',
      tooManyTries: (minutes) =>
        minutes <= 1
          ? 'Zu viele Versuche. Warten Sie eine Minute und versuchen Sie es dann wieder.'
          : `Zu viele Versuche. Warten Sie ${minutes} Minuten und versuchen Sie es dann wieder.`,

      sessionsTitle: 'Sitzungen',
      sessionsLead:
        'Überall, wo Sie jetzt angemeldet sind. Beenden Sie, was Sie nicht kennen; es ist mit der nächsten Anfrage draußen.',
      sessionCurrent: 'Dieser Browser',
      sessionOf: (service) => `Angemeldet bei ${service}`,
      sessionBrowser: 'Anmeldung im Browser',
      sessionConsole: 'An der Konsole angemeldet',
      sessionLastUsed: (when) => `zuletzt benutzt ${when}`,
      sessionSince: (date) => `seit ${date}`,
      sessionAddress: (address) => `Adresse ${address}`,
      sessionEnd: 'Beenden',
      sessionEndLabel: (what) => `Beenden: ${what}`,
      sessionsEndOthers: 'Alle anderen beenden',
      sessionsEndOthersHelp: (count) =>
        count === 1
          ? 'Das meldet eine andere Stelle ab, samt den Apps, die dort Zugang bekommen haben.'
          : `Das meldet ${count} andere Stellen ab, samt den Apps, die dort Zugang bekommen haben.`,
      sessionsOnlyThis: 'Sie sind nirgends sonst angemeldet.',
      sessionEnded: 'Die Sitzung wurde beendet.',
      sessionsEnded: (count) =>
        count === 0
          ? 'Es gab sonst nichts zu beenden.'
          : count === 1
            ? 'Eine Sitzung wurde beendet.'
            : `${count} Sitzungen wurden beendet.`,
      sessionsMore: (count) => `Die ${count} neuesten sind zu sehen. „Alle anderen beenden“ beendet jede.`,
      unknownDevice: 'Ein unbekanntes Gerät',
      deviceOn: (program, system) => `${program} auf ${system}`,
      placeHere: 'dieser Rechner',
      placeLocal: (address) => `Ihr eigenes Netz, ${address}`,
      placeUnknown: 'unbekannte Adresse',

      activityTitle: 'Aktivität',
      activityLead: 'Was Sie hier getan haben und was andere mit Ihrem Konto getan haben. Neuestes zuerst.',
      activityEmpty: 'Noch ist nichts geschehen.',
      activityOlder: 'Älteres',
      activityNewest: 'Neuestes',
      activityStrange:
        'Etwas davon waren nicht Sie? Beenden Sie alle anderen Sitzungen und ändern Sie dann Ihr Passwort.',
      activityEndOthers: 'Zu Ihren Sitzungen',
      activityVia: (service) => `über ${service}`,

      gone: 'Es ist nicht mehr da, oder es gehörte nie Ihnen. Geändert wurde nichts.',
      cancel: 'Abbrechen',
      back: 'Zurück',
      never: 'nie',
    },
  },
);

/** The texts above, in one language. */
export type AccountTexts = ReturnType<typeof accountTexts>;
