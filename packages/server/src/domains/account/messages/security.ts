import { catalogue } from './catalogue.ts';

/** Texts of the pages about how a person gets in: passkeys, authenticator app, recovery codes, linked accounts. */
export const securityTexts = catalogue(
  {
    title: 'Ways to sign in',
    lead: 'What lets you in, and what else is asked for. Changes need a sign-in of the last ten minutes.',
    on: 'on',
    off: 'off',
    passkeys: 'Passkeys',
    passkeyCount: (count: number) => (count === 0 ? 'none' : String(count)),
    passkeysHelp:
      'Sign in with a fingerprint, a face or a security key instead of a password. Nobody can fish for one.',
    passkeyAdd: 'Add a passkey',
    passkeyAdded: (date: string) => `added ${date}`,
    passkeyLastUsed: (when: string) => `last used ${when}`,
    passkeyNeverUsed: 'not used yet',
    passkeySynced: 'kept with your account at its maker, on all your devices',
    passkeySuspected: 'Stopped: it may have been copied. Remove it and add a new one.',
    passkeyOpen: 'Change…',
    passkeyOpenLabel: (name: string) => `Change the passkey ${name}`,
    passkeyAddTitle: 'Add a passkey',
    passkeyAddLead: 'Your browser or phone makes it; a secret never leaves it.',
    passkeyName: 'Name',
    passkeyNameHelp: 'Where it lives, so that you know it again: “Laptop”, “Blue key”.',
    passkeyNameMissing: 'Give it a name of at most 120 characters, all on one line.',
    passkeyMake: 'Make passkey',
    passkeyNeedsScript:
      'This browser can not make a passkey here: it needs JavaScript, and to know passkeys.',
    passkeyFailed: 'No passkey was made. Try again.',
    passkeyExists: 'This device has a passkey of yours already.',
    passkeyTooMany: 'You have as many passkeys as there may be. Remove one first.',
    passkeyTooLate: 'It has been a while since you signed in.',
    signInAgain: 'Sign in again',
    passkeyTitle: 'Passkey',
    passkeyRename: 'Rename',
    passkeyRemove: 'Remove this passkey',
    passkeyRemoveHelp:
      'It lets nobody in from now on. Delete it on your device, too, so that it is not offered any more.',
    passkeyRenamed: 'The passkey is renamed.',
    passkeyRemoved: 'The passkey is removed.',
    passkeyMade: 'The passkey is added.',
    lastWayIn: 'This is the only way in that you have. Set a password or add another passkey first.',
    recoveryReminder: 'You have no recovery codes. Without them, a lost device locks you out.',

    authenticator: 'Authenticator app',
    authenticatorHelp: 'An app on your phone shows a code that is asked for after your password.',
    authenticatorSince: (date: string) => `on since ${date}`,
    authenticatorSetUp: 'Set up',
    authenticatorRemoveOpen: 'Remove…',
    authenticatorTitle: 'Authenticator app',
    authenticatorLead: 'Any app for six-digit codes will do.',
    authenticatorBegin: 'Show the key',
    authenticatorBeginHelp:
      'The next page shows a picture to scan. Have your phone at hand, and nobody looking over your shoulder.',
    authenticatorScan: 'Scan this picture with the app, or type the key into it.',
    authenticatorPicture: 'The key as a picture (QR code)',
    authenticatorKey: 'Key',
    authenticatorCode: 'Code of the app',
    authenticatorCodeHelp: 'Six digits. They change every half minute.',
    authenticatorCodeWrong: 'This code does not fit. Look at the app again, and at the clock of your phone.',
    authenticatorConfirm: 'Switch it on',
    authenticatorOn: 'The authenticator app is on.',
    authenticatorRemoved: 'The authenticator app is removed.',
    authenticatorRemove: 'Remove the authenticator app',
    authenticatorRemoveHelp:
      'Its codes are not asked for any more. Your recovery codes end with the last second factor.',
    authenticatorIsOn: 'It is on. To use another phone, remove it here and set it up again.',

    recovery: 'Recovery codes',
    recoveryHelp: 'Ten codes for the day your phone is gone. Each works once.',
    recoveryLeft: (count: number) => (count === 1 ? '1 code left' : `${count} codes left`),
    recoveryOpen: 'Make new codes…',
    recoveryTitle: 'Recovery codes',
    recoveryLead: 'New codes replace the ones that you have.',
    recoveryMake: 'Make new codes',
    recoveryShownTitle: 'Keep these codes',
    recoveryShownLead:
      'They are shown this once. Print them or keep them with your passwords, not on the phone alone.',
    recoveryDownload: 'Save as a text file',
    recoveryFileName: 'recovery-codes.txt',
    recoveryFileHead: (email: string, date: string) =>
      `Recovery codes of ${email}, made ${date}. Each works once.`,
    recoveryKept: 'I have kept them',
    recoveryNeedsFactor:
      'Recovery codes stand in for a passkey or an authenticator app. Add one of these first.',

    identities: 'Linked accounts',
    identitiesHelp: 'Accounts elsewhere that you can sign in with here.',
    identityLinked: (date: string) => `linked ${date}`,
    identityLink: (provider: string) => `Link an account at ${provider}`,
    identityUnlink: 'Unlink',
    identityUnlinkLabel: (provider: string) => `Unlink ${provider}`,
    identityDone: 'The account is linked.',
    identityRemoved: 'The account is linked no more.',
  },
  {
    de: {
      title: 'Anmeldewege',
      lead: 'Was Sie hereinlässt und wonach außerdem gefragt wird. Änderungen brauchen eine Anmeldung der letzten zehn Minuten.',
      on: 'an',
      off: 'aus',
      passkeys: 'Passkeys',
      passkeyCount: (count) => (count === 0 ? 'keine' : String(count)),
      passkeysHelp:
        'Melden Sie sich mit Fingerabdruck, Gesicht oder Sicherheitsschlüssel an statt mit einem Passwort. Niemand kann einen Passkey abfischen.',
      passkeyAdd: 'Passkey hinzufügen',
      passkeyAdded: (date) => `hinzugefügt am ${date}`,
      passkeyLastUsed: (when) => `zuletzt benutzt ${when}`,
      passkeyNeverUsed: 'noch nicht benutzt',
      passkeySynced: 'bei seinem Hersteller mit Ihrem Konto gesichert, auf allen Ihren Geräten',
      passkeySuspected:
        'Angehalten: er wurde vielleicht kopiert. Entfernen Sie ihn und fügen Sie einen neuen hinzu.',
      passkeyOpen: 'Ändern …',
      passkeyOpenLabel: (name) => `Passkey ${name} ändern`,
      passkeyAddTitle: 'Einen Passkey hinzufügen',
      passkeyAddLead: 'Ihr Browser oder Telefon macht ihn; ein Geheimnis verlässt das Gerät nie.',
      passkeyName: 'Name',
      passkeyNameHelp: 'Wo er ist, damit Sie ihn wiedererkennen: „Laptop“, „Blauer Schlüssel“.',
      passkeyNameMissing: 'Geben Sie ihm einen Namen mit höchstens 120 Zeichen, alle in einer Zeile.',
      passkeyMake: 'Passkey erstellen',
      passkeyNeedsScript:
        'Dieser Browser kann hier keinen Passkey erstellen: er braucht JavaScript und muss Passkeys kennen.',
      passkeyFailed: 'Es wurde kein Passkey erstellt. Versuchen Sie es noch einmal.',
      passkeyExists: 'Dieses Gerät hat schon einen Passkey von Ihnen.',
      passkeyTooMany: 'Sie haben so viele Passkeys, wie es geben darf. Entfernen Sie zuerst einen.',
      passkeyTooLate: 'Ihre Anmeldung ist schon eine Weile her.',
      signInAgain: 'Noch einmal anmelden',
      passkeyTitle: 'Passkey',
      passkeyRename: 'Umbenennen',
      passkeyRemove: 'Diesen Passkey entfernen',
      passkeyRemoveHelp:
        'Er lässt ab jetzt niemanden mehr herein. Löschen Sie ihn auch auf Ihrem Gerät, damit er nicht mehr angeboten wird.',
      passkeyRenamed: 'Der Passkey ist umbenannt.',
      passkeyRemoved: 'Der Passkey ist entfernt.',
      passkeyMade: 'Der Passkey ist hinzugefügt.',
      lastWayIn:
        'Das ist Ihr einziger Weg herein. Setzen Sie zuerst ein Passwort, oder fügen Sie einen anderen Passkey hinzu.',
      factorRequired:
        'Ein Arbeitsbereich von Ihnen verlangt einen zweiten Faktor; der letzte kann nicht weg.',
      recoveryReminder:
        'Sie haben keine Wiederherstellungscodes. Ohne sie sperrt ein verlorenes Gerät Sie aus.',

      authenticator: 'Authenticator-App',
      authenticatorHelp:
        'Eine App auf Ihrem Telefon zeigt einen Code, nach dem nach Ihrem Passwort gefragt wird.',
      authenticatorSince: (date) => `an seit ${date}`,
      authenticatorSetUp: 'Einrichten',
      authenticatorRemoveOpen: 'Entfernen …',
      authenticatorTitle: 'Authenticator-App',
      authenticatorLead: 'Jede App für sechsstellige Codes ist geeignet.',
      authenticatorBegin: 'Den Schlüssel zeigen',
      authenticatorBeginHelp:
        'Die nächste Seite zeigt ein Bild zum Scannen. Halten Sie Ihr Telefon bereit, und lassen Sie niemanden zusehen.',
      authenticatorScan: 'Scannen Sie dieses Bild mit der App, oder tippen Sie den Schlüssel dort ein.',
      authenticatorPicture: 'Der Schlüssel als Bild (QR-Code)',
      authenticatorKey: 'Schlüssel',
      authenticatorCode: 'Code der App',
      authenticatorCodeHelp: 'Sechs Ziffern. Sie wechseln jede halbe Minute.',
      authenticatorCodeWrong:
        'Dieser Code passt nicht. Sehen Sie noch einmal in die App und auf die Uhr Ihres Telefons.',
      authenticatorConfirm: 'Einschalten',
      authenticatorOn: 'Die Authenticator-App ist an.',
      authenticatorRemoved: 'Die Authenticator-App ist entfernt.',
      authenticatorRemove: 'Die Authenticator-App entfernen',
      authenticatorRemoveHelp:
        'Nach ihren Codes wird nicht mehr gefragt. Ihre Wiederherstellungscodes enden mit dem letzten zweiten Faktor.',
      authenticatorIsOn:
        'Sie ist an. Für ein anderes Telefon entfernen Sie sie hier und richten sie neu ein.',

      recovery: 'Wiederherstellungscodes',
      recoveryHelp: 'Zehn Codes für den Tag, an dem Ihr Telefon fort ist. Jeder gilt einmal.',
      recoveryLeft: (count) => (count === 1 ? 'noch 1 Code' : `noch ${count} Codes`),
      recoveryOpen: 'Neue Codes erzeugen …',
      recoveryTitle: 'Wiederherstellungscodes',
      recoveryLead: 'Neue Codes ersetzen die, die Sie haben.',
      recoveryMake: 'Neue Codes erzeugen',
      recoveryShownTitle: 'Bewahren Sie diese Codes auf',
      recoveryShownLead:
        'Sie werden nur dieses eine Mal gezeigt. Drucken Sie sie, oder legen Sie sie zu Ihren Passwörtern, nicht nur auf das Telefon.',
      recoveryDownload: 'Als Textdatei speichern',
      recoveryFileName: 'wiederherstellungscodes.txt',
      recoveryFileHead: (email, date) =>
        `Wiederherstellungscodes von ${email}, erzeugt am ${date}. Jeder gilt einmal.`,
      recoveryKept: 'Ich habe sie aufbewahrt',
      recoveryNeedsFactor:
        'Wiederherstellungscodes vertreten einen Passkey oder eine Authenticator-App. Fügen Sie zuerst eines davon hinzu.',

      identities: 'Verknüpfte Konten',
      identitiesHelp: 'Konten anderswo, mit denen Sie sich hier anmelden können.',
      identityLinked: (date) => `verknüpft am ${date}`,
      identityLink: (provider) => `Ein Konto bei ${provider} verknüpfen`,
      identityUnlink: 'Lösen',
      identityUnlinkLabel: (provider) => `${provider} lösen`,
      identityDone: 'Das Konto ist verknüpft.',
      identityRemoved: 'Das Konto ist nicht mehr verknüpft.',
    },
  },
);

/** The texts above, in one language. */
export type SecurityTexts = ReturnType<typeof securityTexts>;
