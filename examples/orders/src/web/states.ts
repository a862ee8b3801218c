import { ApiError, type Order } from './api.ts';
import { element, icon } from './element.ts';
import { SignInError } from './session.ts';
import { statusWords } from './words.ts';

/** An order's status as a badge; one that was refunded in part says so. */
export function statusBadge(order: Order): HTMLElement {
  const partly = order.refunded_minor > 0 && order.status !== 'refunded';
  return element(
    'span',
    { class: 'badges' },
    element('span', { class: `badge dot ${order.status}` }, statusWords[order.status]),
    partly && element('span', { class: 'badge partly' }, 'Part refunded'),
  );
}

/** Says what failed and lets it be tried again. */
export function errorBox(error: unknown, onRetry: () => void): HTMLElement {
  const id = error instanceof ApiError ? error.correlationId : null;
  const message =
    error instanceof SignInError
      ? 'Castellan can not be reached, so your sign-in could not be renewed.'
      : error instanceof Error
        ? error.message
        : 'Something went wrong.';
  return element(
    'div',
    { class: 'state', role: 'alert' },
    icon('warning'),
    element('p', { class: 'state-title' }, message),
    id && element('p', { class: 'fine' }, 'Correlation id ', element('code', {}, id)),
    element('button', { type: 'button', class: 'button', onclick: onRetry }, 'Try again'),
  );
}

/** A list without anything in it. */
export function emptyBox(title: string, text: string, action?: Node | null): HTMLElement {
  return element(
    'div',
    { class: 'state' },
    element('p', { class: 'state-title' }, title),
    element('p', { class: 'muted' }, text),
    action,
  );
}
