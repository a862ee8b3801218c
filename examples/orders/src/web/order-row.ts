import type { Order } from './api.ts';
import { element } from './element.ts';
import { formatDate, formatExactDate, formatMoney } from './format.ts';
import { statusBadge } from './states.ts';

/** One order of the list. The whole row is its link. */
export function orderRow(order: Order, href: string, onOpen: () => void): HTMLElement {
  const link = element('a', { href }, `#${order.number}`);
  link.addEventListener('click', (event) => {
    // A new tab stays a new tab.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen();
  });
  const placed = element(
    'time',
    { datetime: order.created_at, title: formatExactDate(order.created_at) },
    formatDate(order.created_at),
  );
  return element(
    'tr',
    { 'data-number': order.number },
    element('td', { class: 'order-number' }, link),
    element(
      'td',
      { class: 'customer' },
      order.customer.name,
      element('span', { class: 'sub' }, order.customer.email),
    ),
    element('td', { class: 'status' }, statusBadge(order)),
    element('td', { class: 'placed' }, placed),
    element('td', { class: 'number total' }, formatMoney(order.total_minor, order.currency)),
  );
}

/** Rows of the final size, while the first orders are on their way. */
export function skeletonRows(): HTMLElement[] {
  const bar = (width: string) => element('td', {}, element('span', { class: `skeleton ${width}` }));
  return Array.from({ length: 12 }, () =>
    element('tr', { class: 'loading', 'aria-hidden': 'true' }, ...['w2', 'w6', 'w3', 'w3', 'w2'].map(bar)),
  );
}
