import { ApiError, type NewOrder, type OrderDetail, type OrdersApi, SignedOutError } from './api.ts';
import { element, field, icon, whileBusy } from './element.ts';
import { formatMoney, fractionDigits, parseAmount } from './format.ts';
import { openPanel, type Panel } from './panel.ts';

const currencies = ['EUR', 'USD', 'GBP', 'CHF', 'JPY'];

/** The form of a new order, in a panel. */
export function openOrderForm(
  api: OrdersApi,
  options: { currency: string; onClosed(): void; onCreated(order: OrderDetail): void },
): Panel {
  const panel = openPanel('New order', options.onClosed);
  const known = new Map<string, string>();
  const suggestions = element('datalist', { id: 'known-customers' });
  const email = field(
    'Customer’s e-mail',
    element('input', { type: 'email', list: 'known-customers', autocomplete: 'off' }),
    'Somebody who bought before keeps their name.',
  );
  const name = field('Customer’s name', element('input', { maxlength: 120, autocomplete: 'off' }));
  const currency = field(
    'Currency',
    element(
      'select',
      {},
      ...currencies.map((one) => element('option', { selected: one === options.currency }, one)),
    ),
  );
  const lines: Line[] = [];
  const list = element('div', { class: 'line-fields' });
  const total = element('output', { class: 'order-total' });
  const failure = element('p', { class: 'form-error', role: 'alert', hidden: true });
  const submit = element('button', { type: 'submit', class: 'button primary' }, 'Create order');
  let key = crypto.randomUUID();

  const add = (): void => {
    const line = createLine(update, () => {
      if (lines.length === 1) return;
      lines.splice(lines.indexOf(line), 1);
      line.root.remove();
      update();
      lines.at(-1)?.description.focus();
    });
    lines.push(line);
    list.append(line.root);
    update();
  };

  function update(): void {
    const code = currency.control.value;
    const sum = lines.reduce((so, line) => so + (line.read(code)?.total ?? 0), 0);
    total.textContent = `Total ${formatMoney(sum, code)}`;
    for (const line of lines) line.setRemovable(lines.length > 1);
  }

  let searchTimer: ReturnType<typeof setTimeout> | undefined;
  email.control.addEventListener('input', () => {
    const held = known.get(email.control.value.toLowerCase());
    name.control.readOnly = held !== undefined;
    if (held !== undefined) name.control.value = held;
    clearTimeout(searchTimer);
    searchTimer = setTimeout(() => void suggest(email.control.value), 200);
  });
  currency.control.addEventListener('change', update);

  async function suggest(search: string): Promise<void> {
    const found = await api.customers(search).catch(() => ({ items: [] }));
    for (const customer of found.items) known.set(customer.email, customer.name);
    suggestions.replaceChildren(
      ...found.items.map((one) => element('option', { value: one.email }, one.name)),
    );
  }

  function read(): NewOrder | null {
    const code = currency.control.value;
    const address = email.control.value.trim();
    email.setError(
      /^\S+@\S+\.\S+$/.test(address) ? null : 'Enter the whole address, such as ada@example.com.',
    );
    name.setError(name.control.value.trim() ? null : 'Enter a name.');
    const read = lines.map((line) => line.check(code));
    const first = panel.dialog.querySelector<HTMLElement>('[aria-invalid]');
    first?.focus();
    if (first) return null;
    return {
      customer: { email: address, name: name.control.value.trim() },
      currency: code,
      lines: read.flatMap((line) => (line ? [line.wire] : [])),
    };
  }

  async function attempt(): Promise<void> {
    failure.hidden = true;
    const order = read();
    if (!order) return;
    try {
      const created = await whileBusy(submit, () => api.create(order, key));
      panel.close();
      options.onCreated(created);
    } catch (error) {
      if (error instanceof SignedOutError) return panel.close();
      if (error instanceof ApiError && !error.mayHaveHappened) key = crypto.randomUUID();
      const fields = error instanceof ApiError ? error.fields.map(({ message }) => message) : [];
      failure.textContent = fields.join('. ') || (error instanceof Error ? error.message : String(error));
      failure.hidden = false;
    }
  }

  add();
  panel.show(
    element(
      'form',
      {
        class: 'stack',
        novalidate: true,
        onsubmit: (event) => {
          event.preventDefault();
          void attempt();
        },
      },
      suggestions,
      email.root,
      element('div', { class: 'pair name-and-currency' }, name.root, currency.root),
      element(
        'fieldset',
        { class: 'stack' },
        element('legend', {}, 'Lines'),
        list,
        element(
          'button',
          {
            type: 'button',
            class: 'button',
            onclick: () => {
              add();
              lines.at(-1)?.description.focus();
            },
          },
          icon('plus'),
          'Add a line',
        ),
      ),
      failure,
      element('div', { class: 'actions' }, total, submit),
    ),
  );
  email.control.focus();
  void suggest('');
  return panel;
}

interface LineContent {
  readonly total: number;
  readonly wire: NewOrder['lines'][number];
}

interface Line {
  readonly root: HTMLElement;
  readonly description: HTMLInputElement;
  setRemovable(removable: boolean): void;
  /** What was typed, or `null` while it is no line. */
  read(currency: string): LineContent | null;
  /** `read`, and says beside the fields what is wrong. */
  check(currency: string): LineContent | null;
}

function createLine(onInput: () => void, onRemove: () => void): Line {
  const description = field('Item', element('input', { maxlength: 200, autocomplete: 'off' }));
  const quantity = field(
    'Quantity',
    element('input', { inputmode: 'numeric', value: '1', autocomplete: 'off' }),
  );
  const price = field('Price each', element('input', { inputmode: 'decimal', autocomplete: 'off' }));
  const remove = element(
    'button',
    { type: 'button', class: 'button icon-button', 'aria-label': 'Remove this line', onclick: onRemove },
    icon('close'),
  );
  const count = (): number | null => {
    const text = quantity.control.value.trim();
    return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 10_000 ? Number(text) : null;
  };
  const read = (currency: string): LineContent | null => {
    const each = parseAmount(price.control.value, currency);
    const text = description.control.value.trim();
    const many = count();
    if (each === null || many === null) return null;
    return { total: each * many, wire: { description: text, quantity: many, unit_price_minor: each } };
  };
  return {
    root: element(
      'div',
      { class: 'line', oninput: onInput },
      description.root,
      quantity.root,
      price.root,
      remove,
    ),
    description: description.control,
    setRemovable(removable) {
      remove.disabled = !removable;
    },
    read,
    check(currency) {
      description.setError(description.control.value.trim() ? null : 'Name the item.');
      quantity.setError(count() === null ? '1 to 10,000.' : null);
      const minor = parseAmount(price.control.value, currency);
      const example = fractionDigits(currency) > 0 ? '12.50' : '1250';
      price.setError(minor === null || minor === 0 ? `Such as ${example}.` : null);
      return read(currency);
    },
  };
}
