import { catalogue } from '../account/messages/catalogue.ts';

/** What the pages of a sign-in at a provider say, when it led nowhere and when it leads on. */
export const federationMessages = catalogue(
  {
    someProvider: 'the provider',
    tryAgain: (name: string) => `Try again with ${name}`,
    toSignIn: 'Sign in another way',
    toSecurity: 'To my ways to sign in',
    signInAndLink: 'Sign in and link it',
    continueTitle: (name: string) => `On to ${name}`,
    continueLead: (name: string) => `${name} asks who you are, then you come back here.`,
    continueLink: (name: string) => `Continue at ${name}`,

    provider_unknown_title: 'You can not sign in this way',
    provider_unknown_lead: () => 'This provider is not set up here, or not any more.',
    provider_unknown_help: () =>
      'Choose another way to sign in. If this was your only one, ask an administrator of your organisation.',
    provider_unavailable_title: 'No answer from the provider',
    provider_unavailable_lead: (name: string) => `${name} could not be reached, or had a fault of its own.`,
    provider_unavailable_help: () =>
      'Your account is as it was. Try again in a few minutes, or sign in another way.',
    answer_refused_title: 'The answer could not be trusted',
    answer_refused_lead: (name: string) => `What came back from ${name} did not pass our checks.`,
    answer_refused_help: () =>
      'Begin again. If it happens twice, tell an administrator: the provider may be set up wrongly, or somebody may be between you and it.',
    attempt_unknown_title: 'This sign-in is not under way',
    attempt_unknown_lead: () =>
      'It took longer than ten minutes, was finished before, or was begun in another browser.',
    attempt_unknown_help: () => 'Begin again in this browser, and let it keep cookies.',
    cancelled_title: 'You did not sign in',
    cancelled_lead: (name: string) => `You stopped at ${name}, or it did not let you on.`,
    cancelled_help: () => 'Nothing was changed. Try again, or sign in another way.',
    tenant_refused_title: 'That account belongs to another organisation',
    tenant_refused_lead: (name: string) => `Only people of one directory are let in by ${name} here.`,
    tenant_refused_help: () => 'Sign out there and choose the account of your organisation.',
    email_missing_title: 'No e-mail address came along',
    email_missing_lead: (name: string) =>
      `${name} told us who you are there, but no e-mail address to know you by here.`,
    email_missing_help: () =>
      'If you have an account here, sign in to it and link this one on your security page. Otherwise add an e-mail address to your account there, or let it be passed on, and try again.',
    email_unverified_title: 'Your e-mail address is not confirmed there',
    email_unverified_lead: (name: string) =>
      `${name} does not say that your e-mail address is yours, so we can not act on it.`,
    email_unverified_help: (name: string) =>
      `Confirm the address in your settings at ${name} and try again. If you have an account here, you can also sign in to it and link this one on your security page.`,
    account_exists_title: 'There is an account with your e-mail address',
    account_exists_lead: (name: string) => `It is not linked to your account at ${name} yet.`,
    account_exists_help: (name: string) =>
      `An e-mail address alone opens no account. Sign in to yours the way you did before, then link ${name} on your security page; from then on you can come in by it.`,
    invitation_elsewhere_title: 'Use the link of your invitation',
    invitation_elsewhere_lead: (name: string) => `This account can not be opened by ${name}.`,
    invitation_elsewhere_help: () =>
      'Open the link that you were sent and set a password. Afterwards you can link other ways to sign in.',
    registration_closed_title: 'There is no account for you here yet',
    registration_closed_lead: () => 'Accounts are made by invitation.',
    registration_closed_help: () =>
      'Ask the person who told you of this service for an invitation to the e-mail address that you use there.',
    account_deactivated_title: 'This account is deactivated',
    account_deactivated_lead: () => 'Nobody can sign in to it now.',
    account_deactivated_help: () => 'Ask an administrator of your organisation to activate it.',
    linked_elsewhere_title: 'That account is linked to somebody else here',
    linked_elsewhere_lead: (name: string) =>
      `Your account at ${name} opens another account here, so it can not open this one as well.`,
    linked_elsewhere_help: () =>
      'If the other account is yours too, sign in to it, take the link away there, and link it again here.',
    link_other_person_title: 'You are not signed in as before',
    link_other_person_lead: () => 'Since you set out to link an account, your sign-in here ended or changed.',
    link_other_person_help: () => 'Nothing was linked. Sign in and begin again on your security page.',
    last_way_in_title: 'This is your last way in',
    last_way_in_lead: () => 'Without it, nobody could sign in to this account.',
    last_way_in_help: () => 'Set a password, add a passkey or link another account first.',
    not_admin_title: 'This account does not administer Castellan',
    not_admin_lead: () => 'The console is for operators.',
    not_admin_help: () => 'Ask an administrator to grant it.',
  },
  {
    de: {
      someProvider: 'dem Anbieter',
      tryAgain: (name) => `Noch einmal mit ${name}`,
      toSignIn: 'Anders anmelden',
      toSecurity: 'Zu meinen Anmeldewegen',
      signInAndLink: 'Anmelden und verknüpfen',
      continueTitle: (name) => `Weiter zu ${name}`,
      continueLead: (name) => `${name} fragt, wer Sie sind, dann kommen Sie hierher zurück.`,
      continueLink: (name) => `Weiter bei ${name}`,

      provider_unknown_title: 'So können Sie sich hier nicht anmelden',
      provider_unknown_lead: () => 'Dieser Anbieter ist hier nicht oder nicht mehr eingerichtet.',
      provider_unknown_help: () =>
        'Wählen Sie einen anderen Weg. War es Ihr einziger, bitten Sie jemanden aus der Verwaltung Ihrer Organisation um Hilfe.',
      provider_unavailable_title: 'Der Anbieter antwortet nicht',
      provider_unavailable_lead: (name) => `${name} war nicht zu erreichen oder hatte selbst eine Störung.`,
      provider_unavailable_help: () =>
        'Ihr Konto ist unverändert. Versuchen Sie es in einigen Minuten noch einmal, oder melden Sie sich anders an.',
      answer_refused_title: 'Der Antwort war nicht zu trauen',
      answer_refused_lead: (name) => `Was von ${name} zurückkam, hat unsere Prüfung nicht bestanden.`,
      answer_refused_help: () =>
        'Beginnen Sie von vorn. Geschieht es zweimal, sagen Sie es der Verwaltung: Der Anbieter kann falsch eingerichtet sein, oder jemand steht dazwischen.',
      attempt_unknown_title: 'Diese Anmeldung läuft nicht',
      attempt_unknown_lead: () =>
        'Sie dauerte länger als zehn Minuten, war schon beendet, oder sie begann in einem anderen Browser.',
      attempt_unknown_help: () => 'Beginnen Sie in diesem Browser von vorn, und erlauben Sie ihm Cookies.',
      cancelled_title: 'Sie haben sich nicht angemeldet',
      cancelled_lead: (name) =>
        `Sie haben bei ${name} abgebrochen, oder Sie wurden dort nicht weitergelassen.`,
      cancelled_help: () =>
        'Es wurde nichts geändert. Versuchen Sie es noch einmal, oder melden Sie sich anders an.',
      tenant_refused_title: 'Dieses Konto gehört zu einer anderen Organisation',
      tenant_refused_lead: (name) => `Über ${name} kommen hier nur Menschen eines Verzeichnisses herein.`,
      tenant_refused_help: () => 'Melden Sie sich dort ab und wählen Sie das Konto Ihrer Organisation.',
      email_missing_title: 'Es kam keine E-Mail-Adresse mit',
      email_missing_lead: (name) =>
        `${name} hat gesagt, wer Sie dort sind, aber keine E-Mail-Adresse, an der wir Sie hier erkennen.`,
      email_missing_help: () =>
        'Haben Sie hier ein Konto, melden Sie sich daran an und verknüpfen Sie dieses auf Ihrer Sicherheitsseite. Sonst tragen Sie dort eine E-Mail-Adresse ein oder erlauben Sie ihre Weitergabe, und versuchen Sie es noch einmal.',
      email_unverified_title: 'Ihre E-Mail-Adresse ist dort nicht bestätigt',
      email_unverified_lead: (name) =>
        `${name} sagt nicht, dass die E-Mail-Adresse Ihre ist. Deshalb können wir uns nicht nach ihr richten.`,
      email_unverified_help: (name) =>
        `Bestätigen Sie die Adresse in Ihren Einstellungen bei ${name} und versuchen Sie es noch einmal. Haben Sie hier ein Konto, können Sie sich auch daran anmelden und dieses auf Ihrer Sicherheitsseite verknüpfen.`,
      account_exists_title: 'Es gibt ein Konto mit Ihrer E-Mail-Adresse',
      account_exists_lead: (name) => `Es ist noch nicht mit Ihrem Konto bei ${name} verknüpft.`,
      account_exists_help: (name) =>
        `Eine E-Mail-Adresse allein öffnet kein Konto. Melden Sie sich an wie bisher und verknüpfen Sie ${name} auf Ihrer Sicherheitsseite; danach kommen Sie auch so herein.`,
      invitation_elsewhere_title: 'Nehmen Sie den Link Ihrer Einladung',
      invitation_elsewhere_lead: (name) => `Dieses Konto lässt sich über ${name} nicht öffnen.`,
      invitation_elsewhere_help: () =>
        'Öffnen Sie den Link, den Sie bekommen haben, und setzen Sie ein Passwort. Danach können Sie andere Wege verknüpfen.',
      registration_closed_title: 'Für Sie gibt es hier noch kein Konto',
      registration_closed_lead: () => 'Konten entstehen durch Einladung.',
      registration_closed_help: () =>
        'Bitten Sie die Person, von der Sie diesen Dienst kennen, um eine Einladung an die E-Mail-Adresse, die Sie dort verwenden.',
      account_deactivated_title: 'Dieses Konto ist deaktiviert',
      account_deactivated_lead: () => 'Niemand kann sich jetzt daran anmelden.',
      account_deactivated_help: () =>
        'Bitten Sie jemanden aus der Verwaltung Ihrer Organisation, es zu aktivieren.',
      linked_elsewhere_title: 'Dieses Konto ist hier mit jemand anderem verknüpft',
      linked_elsewhere_lead: (name) =>
        `Ihr Konto bei ${name} öffnet hier ein anderes Konto und kann dieses nicht auch noch öffnen.`,
      linked_elsewhere_help: () =>
        'Ist das andere Konto auch Ihres, melden Sie sich daran an, lösen Sie dort die Verknüpfung und verknüpfen Sie es hier neu.',
      link_other_person_title: 'Sie sind nicht mehr angemeldet wie zuvor',
      link_other_person_lead: () =>
        'Seit Sie ein Konto verknüpfen wollten, hat Ihre Anmeldung hier geendet oder gewechselt.',
      link_other_person_help: () =>
        'Es wurde nichts verknüpft. Melden Sie sich an und beginnen Sie auf Ihrer Sicherheitsseite von vorn.',
      last_way_in_title: 'Das ist Ihr letzter Anmeldeweg',
      last_way_in_lead: () => 'Ohne ihn könnte sich niemand mehr an diesem Konto anmelden.',
      last_way_in_help: () =>
        'Setzen Sie zuerst ein Passwort, legen Sie einen Passkey an oder verknüpfen Sie ein anderes Konto.',
      not_admin_title: 'Dieses Konto verwaltet Castellan nicht',
      not_admin_lead: () => 'Die Konsole ist für die Verwaltung.',
      not_admin_help: () => 'Bitten Sie jemanden aus der Verwaltung darum.',
    },
  },
);
