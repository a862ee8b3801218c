/** What the list is narrowed by. */
export interface Filter {
  readonly search: string;
  readonly status: string;
}

/** What the address says of it. */
export function filterInAddress(): Filter {
  const query = new URLSearchParams(location.search);
  return { search: query.get('search') ?? '', status: query.get('status') ?? '' };
}

/** The order that the address names. */
export function openInAddress(): number | undefined {
  const text = new URLSearchParams(location.search).get('order') ?? '';
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

/** The query of an address. */
export function addressOf(filter: Filter, order?: number): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, order: order ? String(order) : '' }))
    if (value) query.set(name, value);
  return query.toString();
}

/** Keeps search, status and the open order in the address, so that Back and a shared link do what one expects. */
export function setAddress(filter: Filter, how: 'push' | 'replace', order?: number): void {
  const query = addressOf(filter, order);
  const address = query ? `?${query}` : location.pathname;
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
}
