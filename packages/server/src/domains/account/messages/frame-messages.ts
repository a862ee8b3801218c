import { catalogue } from './catalogue.ts';

/** What every account page says around its content, and what it says when something fails. */
export const frameMessages = catalogue(
  {
    foot: 'Castellan keeps the accounts of this organisation.',
    footFor: (name: string) => `${name} signs people in with Castellan.`,
    languageChoice: 'Language',
    problem: 'There is a problem',
    askFor: 'If you ask for help, give this correlation id:',
    goOn: 'Continue',
    backToSignIn: 'Back to sign-in',
    optional: 'optional',
    other_title: 'That did not work',
    other_fix: 'Go back and try again. If it stays like this, ask for help.',
    rate_limited_title: 'Too many tries',
    rate_limited_fix: 'Wait a few minutes, then try again.',
    overloaded_title: 'Too much at once',
    overloaded_fix: 'Many people are signing in at this moment. Wait a few seconds, then try again.',
    unavailable_title: 'Castellan can not answer now',
    unavailable_fix: 'Nothing was changed. Try again in a few seconds.',
    internal_title: 'Something went wrong here',
    internal_fix: 'Try again. If it stays like this, ask for help.',
    account_deactivated_title: 'This account is deactivated',
    account_deactivated_fix: 'Ask an administrator of your organisation to activate it.',
    unauthenticated_title: 'Sign in first',
    unauthenticated_fix: 'You are not signed in, or your sign-in has ended.',
    not_found_title: 'There is nothing here',
    not_found_fix: 'Check the address, or open the link again.',
    origin_refused_title: 'This form came from another site',
    origin_refused_fix: 'Nothing was changed. Open the page here and send the form from there.',
    session_ended_title: 'Your sign-in has ended',
    session_ended_fix: 'Nothing was changed. Sign in again.',
    validation_failed_title: 'This address or form can not be read',
    validation_failed_fix: 'Go back, or open the link again. Nothing was changed.',
    payload_too_large_title: 'That is too much',
    payload_too_large_fix: 'Nothing was changed. Go back and send less.',
    code: 'Code',
    sign_in_method_refused_title: 'This workspace does not take that way of signing in',
    sign_in_method_refused_fix:
      'Sign out, sign in another way, and try again. Your organisation decides which ways the workspace takes.',
  },
  {
    de: {
      foot: 'Castellan verwaltet die Konten dieser Organisation.',
      footFor: (name) => `${name} meldet Sie über Castellan an.`,
      languageChoice: 'Sprache',
      problem: 'Es gibt ein Problem',
      askFor: 'Wenn Sie um Hilfe bitten, nennen Sie diese Vorgangsnummer:',
      goOn: 'Weiter',
      backToSignIn: 'Zurück zur Anmeldung',
      optional: 'freiwillig',
      other_title: 'Das hat nicht geklappt',
      other_fix:
        'Gehen Sie zurück und versuchen Sie es noch einmal. Wenn es dabei bleibt, bitten Sie um Hilfe.',
      rate_limited_title: 'Zu viele Versuche',
      rate_limited_fix: 'Warten Sie einige Minuten und versuchen Sie es dann noch einmal.',
      overloaded_title: 'Zu viel auf einmal',
      overloaded_fix:
        'Gerade melden sich viele Menschen an. Warten Sie einige Sekunden und versuchen Sie es dann noch einmal.',
      unavailable_title: 'Castellan kann gerade nicht antworten',
      unavailable_fix: 'Es wurde nichts geändert. Versuchen Sie es in einigen Sekunden noch einmal.',
      internal_title: 'Hier ist etwas schiefgegangen',
      internal_fix: 'Versuchen Sie es noch einmal. Wenn es dabei bleibt, bitten Sie um Hilfe.',
      account_deactivated_title: 'Dieses Konto ist deaktiviert',
      account_deactivated_fix: 'Bitten Sie jemanden aus der Verwaltung Ihrer Organisation, es zu aktivieren.',
      unauthenticated_title: 'Melden Sie sich zuerst an',
      unauthenticated_fix: 'Sie sind nicht angemeldet, oder Ihre Anmeldung ist beendet.',
      not_found_title: 'Hier ist nichts',
      not_found_fix: 'Prüfen Sie die Adresse, oder öffnen Sie den Link noch einmal.',
      origin_refused_title: 'Dieses Formular kam von einer anderen Seite',
      origin_refused_fix:
        'Es wurde nichts geändert. Öffnen Sie die Seite hier und senden Sie das Formular von dort.',
      session_ended_title: 'Ihre Anmeldung ist beendet',
      session_ended_fix: 'Es wurde nichts geändert. Melden Sie sich wieder an.',
      validation_failed_title: 'Diese Adresse oder dieses Formular ist nicht lesbar',
      validation_failed_fix:
        'Gehen Sie zurück, oder öffnen Sie den Link noch einmal. Es wurde nichts geändert.',
      payload_too_large_title: 'Das ist zu viel',
      payload_too_large_fix: 'Es wurde nichts geändert. Gehen Sie zurück und senden Sie weniger.',
      code: 'Code',
      sign_in_method_refused_title: 'Dieser Arbeitsbereich nimmt diesen Anmeldeweg nicht an',
      sign_in_method_refused_fix:
        'Melden Sie sich ab, auf einem anderen Weg an und versuchen Sie es noch einmal. Welche Wege gelten, legt Ihre Organisation fest.',
    },
  },
);

/** The refusals that have words of their own here; every other one is told in general words. */
const told = [
  'rate_limited',
  'overloaded',
  'unavailable',
  'internal',
  'account_deactivated',
  'unauthenticated',
  'not_found',
  'sign_in_method_refused',
  'origin_refused',
  'session_ended',
  'validation_failed',
  'payload_too_large',
] as const;

/** Heading and advice for an error code, in the texts of one language. */
export function refusalTexts(
  texts: ReturnType<typeof frameMessages>,
  code: string,
): { readonly title: string; readonly fix: string } {
  const known = told.find((one) => one === code) ?? 'other';
  return { title: texts[`${known}_title`], fix: texts[`${known}_fix`] };
}
