import { addressOf, type Filter, filterInAddress, openInAddress, setAddress } from './address.ts';
import { type Order, type OrderDetail, type OrderPage, type OrdersApi, SignedOutError } from './api.ts';
import { element, icon, toast, whileBusy } from './element.ts';
import { openOrderForm } from './order-form.ts';
import { openOrder } from './order-panel.ts';
import { orderRow, skeletonRows } from './order-row.ts';
import type { Panel } from './panel.ts';
import type { Workspace } from './session.ts';
import { emptyBox, errorBox } from './states.ts';
import { statusWords } from './words.ts';

const ranks = ['viewer', 'editor', 'admin', 'owner'];
const atLeast = (workspace: Workspace, role: string): boolean =>
  ranks.indexOf(workspace.role) >= ranks.indexOf(role);

/** The list of a workspace's orders. What can't be done with one's role is not offered; the server decides all the same. */
export class OrdersView {
  readonly root: HTMLElement;
  readonly #api: OrdersApi;
  readonly #workspace: Workspace;
  readonly #rows = element('tbody');
  readonly #below = element('div', { class: 'below-table' });
  readonly #count = element('span', { class: 'count', role: 'status' });
  readonly #search: HTMLInputElement;
  #filter: Filter;
  #loading: AbortController | null = null;
  #panel: Panel | null = null;
  #currency = 'EUR';

  constructor(api: OrdersApi, workspace: Workspace) {
    this.#api = api;
    this.#workspace = workspace;
    this.#filter = filterInAddress();
    this.#search = element('input', {
      type: 'search',
      placeholder: 'Customer, e-mail or number',
      'aria-label': 'Search orders',
      value: this.#filter.search,
    });
    this.root = this.#draw();
    document.title = `Orders · ${workspace.name}`;
    void this.#load();
    this.followAddress();
  }

  /** Opens the order that the address names, or closes the one that is open. */
  followAddress(): void {
    const number = openInAddress();
    if (number === undefined) this.#panel?.close();
    else this.#open(number);
  }

  /** Closes what floats above the page. */
  close(): void {
    this.#loading?.abort();
    this.#panel?.close();
  }

  /** Puts the cursor into the search. */
  focusSearch(): void {
    this.#search.focus();
  }

  #draw(): HTMLElement {
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#search.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#narrow({ search: this.#search.value.trim() }), 200);
    });
    const statuses = element(
      'fieldset',
      { class: 'segments' },
      element('legend', { class: 'visually-hidden' }, 'Status'),
      ...Object.entries({ '': 'All', ...statusWords }).map(([status, word]) =>
        element(
          'label',
          {},
          element('input', {
            type: 'radio',
            name: 'status',
            value: status,
            checked: status === this.#filter.status,
            onchange: () => this.#narrow({ status }),
          }),
          element('span', {}, word),
        ),
      ),
    );
    const heads = ['Order', 'Customer', 'Status', 'Placed', 'Total'];
    return element(
      'main',
      { class: 'page' },
      element(
        'div',
        { class: 'page-head' },
        element('h1', {}, 'Orders'),
        this.#count,
        atLeast(this.#workspace, 'editor') && this.#createButton(),
      ),
      element(
        'div',
        { class: 'toolbar' },
        element('div', { class: 'search' }, icon('search'), this.#search),
        statuses,
      ),
      element(
        'table',
        { class: 'orders' },
        element(
          'caption',
          { class: 'visually-hidden' },
          `Orders of ${this.#workspace.name}, the newest first`,
        ),
        element(
          'thead',
          {},
          element(
            'tr',
            {},
            ...heads.map((head) =>
              element('th', { scope: 'col', class: head === 'Total' ? 'number' : null }, head),
            ),
          ),
        ),
        this.#rows,
      ),
      this.#below,
    );
  }

  #createButton(): HTMLElement {
    return element(
      'button',
      { type: 'button', class: 'button primary', onclick: () => this.#openForm() },
      icon('plus'),
      'New order',
    );
  }

  #narrow(change: Partial<Filter>): void {
    this.#filter = { ...this.#filter, search: this.#search.value.trim(), ...change };
    // An order may have been opened while the search was still waiting for the last letter.
    setAddress(this.#filter, 'replace', openInAddress());
    void this.#load();
  }

  async #load(): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    const skeletons = setTimeout(() => this.#showSkeletons(), this.#rows.childElementCount > 0 ? 300 : 0);
    try {
      const page = await this.#api.list(this.#filter, loading.signal);
      if (loading.signal.aborted) return;
      clearTimeout(skeletons);
      this.#rows.replaceChildren();
      this.#append(page);
      const total = page.total ?? 0;
      const narrowed = this.#filter.search !== '' || this.#filter.status !== '';
      this.#count.textContent = `${total.toLocaleString()} ${narrowed ? 'found' : 'in all'}`;
      if (page.items.length === 0) this.#below.replaceChildren(this.#nothing());
    } catch (error) {
      if (loading.signal.aborted || error instanceof SignedOutError) return;
      this.#rows.replaceChildren();
      this.#count.textContent = '';
      this.#below.replaceChildren(errorBox(error, () => void this.#load()));
    } finally {
      clearTimeout(skeletons);
    }
  }

  #append(page: OrderPage): void {
    this.#currency = page.items[0]?.currency ?? this.#currency;
    this.#rows.append(...page.items.map((order) => this.#row(order)));
    const cursor = page.next_cursor;
    if (!cursor) {
      this.#below.replaceChildren();
      return;
    }
    const more = element('button', { type: 'button', class: 'button' }, 'Show more');
    more.addEventListener('click', async () => {
      try {
        const next = await whileBusy(more, () => this.#api.list({ ...this.#filter, cursor }));
        const first = this.#rows.childElementCount;
        this.#append(next);
        this.#rows.children[first]?.querySelector('a')?.focus();
      } catch (error) {
        if (error instanceof Error && !(error instanceof SignedOutError)) toast(error.message);
      }
    });
    this.#below.replaceChildren(more);
  }

  #row(order: Order): HTMLElement {
    return orderRow(order, `?${addressOf(this.#filter, order.number)}`, () => {
      setAddress(this.#filter, 'push', order.number);
      this.#open(order.number);
    });
  }

  #open(number: number): void {
    this.#panel?.close();
    const panel = openOrder(this.#api, number, {
      onClosed: () => this.#closed(panel, number),
      onChanged: (order) => this.#replaceRow(order),
    });
    this.#panel = panel;
  }

  #openForm(): void {
    const panel = openOrderForm(this.#api, {
      currency: this.#currency,
      onClosed: () => {
        if (this.#panel === panel) this.#panel = null;
      },
      onCreated: (order) => {
        toast(`Order #${order.number} was created`);
        void this.#load();
      },
    });
    this.#panel = panel;
  }

  #closed(panel: Panel, number: number): void {
    if (this.#panel !== panel) return;
    this.#panel = null;
    if (openInAddress() !== undefined) setAddress(this.#filter, 'replace');
    this.#rows.querySelector<HTMLElement>(`[data-number="${number}"] a`)?.focus();
  }

  #replaceRow(order: OrderDetail): void {
    this.#rows.querySelector(`[data-number="${order.number}"]`)?.replaceWith(this.#row(order));
  }

  #showSkeletons(): void {
    this.#rows.replaceChildren(...skeletonRows());
    this.#below.replaceChildren();
  }

  #nothing(): HTMLElement {
    if (!this.#filter.search && !this.#filter.status)
      return emptyBox(
        'No orders yet',
        'What this workspace sells will be listed here.',
        atLeast(this.#workspace, 'editor') ? this.#createButton() : null,
      );
    const clear = element('button', { type: 'button', class: 'button' }, 'Clear search and status');
    clear.addEventListener('click', () => {
      this.#search.value = '';
      const all = this.root.querySelector<HTMLInputElement>('input[name="status"][value=""]');
      if (all) all.checked = true;
      this.#narrow({ search: '', status: '' });
    });
    return emptyBox('No order matches', 'Try another word, or look at every status.', clear);
  }
}
