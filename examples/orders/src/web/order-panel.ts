import { ApiError, type OrderDetail, type OrdersApi, SignedOutError } from './api.ts';
import { element, toast } from './element.ts';
import { formatExactDate, formatMoney } from './format.ts';
import { openPanel, type Panel } from './panel.ts';
import { refundForm } from './refund-form.ts';
import { errorBox, statusBadge } from './states.ts';

/** Shows one order beside the list, and lets those refund it who may. */
export function openOrder(
  api: OrdersApi,
  number: number,
  options: { onClosed(): void; onChanged(order: OrderDetail): void },
): Panel {
  const panel = openPanel(`Order #${number}`, options.onClosed);
  panel.show(element('div', { class: 'skeleton-block', 'aria-label': 'Loading', role: 'status' }));

  async function load(): Promise<void> {
    try {
      show(await api.read(number));
    } catch (error) {
      if (error instanceof SignedOutError) return panel.close();
      const gone = error instanceof ApiError && error.code === 'not_found';
      panel.show(
        gone
          ? element('p', { class: 'muted' }, 'This workspace has no order of that number.')
          : errorBox(error, () => void load()),
      );
    }
  }

  function show(order: OrderDetail): void {
    const left = order.total_minor - order.refunded_minor;
    panel.show(
      facts(order),
      linesTable(order),
      ...(order.refunds.length > 0 ? [refundsList(order)] : []),
      ...(order.may_refund && left > 0
        ? [
            refundForm(api, order, (after) => {
              toast(`Refunded ${formatMoney(after.refunded_minor - order.refunded_minor, order.currency)}`);
              show(after);
              options.onChanged(after);
              panel.dialog.querySelector<HTMLElement>('[aria-label="Close"]')?.focus();
            }),
          ]
        : []),
    );
  }

  void load();
  return panel;
}

function facts(order: OrderDetail): HTMLElement {
  const rows: [string, Node | string][] = [
    ['Status', statusBadge(order)],
    [
      'Customer',
      element(
        'span',
        {},
        order.customer.name,
        element('a', { class: 'sub', href: `mailto:${order.customer.email}` }, order.customer.email),
      ),
    ],
    ['Placed', formatExactDate(order.created_at)],
    ['By', order.created_by_name ?? 'Somebody who left'],
  ];
  return element(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([term, value]) => [element('dt', {}, term), element('dd', {}, value)]),
  );
}

function linesTable(order: OrderDetail): HTMLElement {
  const money = (minor: number) => formatMoney(minor, order.currency);
  const sum = (label: string, minor: number, strong = false) =>
    element(
      'tr',
      { class: strong ? 'sum strong' : 'sum' },
      element('th', { scope: 'row', colspan: 2 }, label),
      element('td', { class: 'number' }, money(minor)),
    );
  return element(
    'section',
    {},
    element('h3', {}, 'Lines'),
    element(
      'table',
      { class: 'lines' },
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          element('th', { scope: 'col' }, 'Item'),
          element('th', { scope: 'col', class: 'number' }, 'Quantity'),
          element('th', { scope: 'col', class: 'number' }, 'Amount'),
        ),
      ),
      element(
        'tbody',
        {},
        ...order.lines.map((line) =>
          element(
            'tr',
            {},
            element(
              'td',
              {},
              line.description,
              line.quantity > 1 && element('span', { class: 'sub' }, `${money(line.unit_price_minor)} each`),
            ),
            element('td', { class: 'number' }, String(line.quantity)),
            element('td', { class: 'number' }, money(line.total_minor)),
          ),
        ),
      ),
      element(
        'tfoot',
        {},
        sum('Total', order.total_minor, true),
        order.refunded_minor > 0 && sum('Refunded', -order.refunded_minor),
        order.refunded_minor > 0 && sum('Net total', order.total_minor - order.refunded_minor, true),
      ),
    ),
  );
}

function refundsList(order: OrderDetail): HTMLElement {
  return element(
    'section',
    {},
    element('h3', {}, 'Refunds'),
    element(
      'ul',
      { class: 'refunds' },
      ...order.refunds.map((refund) =>
        element(
          'li',
          {},
          element(
            'span',
            {},
            refund.reason,
            element(
              'span',
              { class: 'sub' },
              `${refund.created_by_name ?? 'Somebody who left'}, ${formatExactDate(refund.created_at)}`,
            ),
          ),
          element('span', { class: 'number' }, formatMoney(refund.amount_minor, order.currency)),
        ),
      ),
    ),
  );
}
