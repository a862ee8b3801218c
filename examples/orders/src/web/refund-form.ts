import { ApiError, type OrderDetail, type OrdersApi, SignedOutError } from './api.ts';
import { element, field, whileBusy } from './element.ts';
import { formatMoney, parseAmount, toAmountText } from './format.ts';

/** Gives money back: an amount up to what is left, and why. */
export function refundForm(
  api: OrdersApi,
  order: OrderDetail,
  onDone: (order: OrderDetail) => void,
): HTMLElement {
  const left = order.total_minor - order.refunded_minor;
  const amount = field(
    `Amount in ${order.currency}`,
    element('input', {
      inputmode: 'decimal',
      autocomplete: 'off',
      value: toAmountText(left, order.currency),
    }),
    `Up to ${formatMoney(left, order.currency)}`,
  );
  const reason = field('Reason', element('input', { maxlength: 500, autocomplete: 'off' }));
  const submit = element('button', { type: 'submit', class: 'button danger' });
  const failure = element('p', { class: 'form-error', role: 'alert', hidden: true });
  // The same key as long as it is not known whether the money went, so that a second press can not send it twice.
  let key = crypto.randomUUID();

  const typed = () => parseAmount(amount.control.value, order.currency);
  const label = () => {
    const minor = typed();
    submit.textContent =
      minor !== null && minor > 0 && minor <= left
        ? `Refund ${formatMoney(minor, order.currency)}`
        : 'Refund';
  };
  amount.control.addEventListener('input', label);
  label();

  async function attempt(): Promise<void> {
    const minor = typed();
    const amountError =
      minor === null || minor <= 0
        ? 'Enter an amount, such as 12.50.'
        : minor > left
          ? `At most ${formatMoney(left, order.currency)} is left.`
          : null;
    const reasonError = reason.control.value.trim() === '' ? 'Say why, for whoever reads this later.' : null;
    amount.setError(amountError);
    reason.setError(reasonError);
    failure.hidden = true;
    if (amountError || minor === null) return amount.control.focus();
    if (reasonError) return reason.control.focus();
    try {
      const text = reason.control.value.trim();
      onDone(await whileBusy(submit, () => api.refund(order.number, minor, text, key)));
    } catch (error) {
      if (error instanceof SignedOutError) return;
      if (error instanceof ApiError && !error.mayHaveHappened) key = crypto.randomUUID();
      failure.textContent = error instanceof Error ? error.message : String(error);
      failure.hidden = false;
    }
  }

  const form = element(
    'form',
    {
      class: 'stack',
      novalidate: true,
      hidden: true,
      onsubmit: (event) => {
        event.preventDefault();
        void attempt();
      },
    },
    element('h3', {}, 'Refund'),
    element('div', { class: 'pair' }, amount.root, reason.root),
    failure,
    element('div', { class: 'actions' }, submit),
  );
  // Money leaves only after a second step.
  const begin = element('button', { type: 'button', class: 'button' }, 'Refund…');
  begin.addEventListener('click', () => {
    begin.hidden = true;
    form.hidden = false;
    amount.control.focus();
    amount.control.select();
  });
  return element('section', {}, begin, form);
}
