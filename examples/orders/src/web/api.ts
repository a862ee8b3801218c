export type OrderStatus = 'paid' | 'shipped' | 'delivered' | 'refunded';

export interface Order {
  readonly id: string;
  readonly number: number;
  readonly status: OrderStatus;
  readonly currency: string;
  readonly total_minor: number;
  readonly refunded_minor: number;
  readonly customer: { readonly id: string; readonly name: string; readonly email: string };
  readonly created_at: string;
  readonly created_by_name: string | null;
}

export interface OrderDetail extends Order {
  readonly lines: readonly {
    readonly description: string;
    readonly quantity: number;
    readonly unit_price_minor: number;
    readonly total_minor: number;
  }[];
  /** Whether the one who is signed in may give money back, as it was when this was read. */
  readonly may_refund: boolean;
  readonly refunds: readonly {
    readonly id: string;
    readonly amount_minor: number;
    readonly reason: string;
    readonly created_at: string;
    readonly created_by_name: string | null;
  }[];
}

export interface OrderPage {
  readonly items: readonly Order[];
  readonly total?: number;
  readonly next_cursor?: string;
}

export interface NewOrder {
  readonly customer: { readonly name: string; readonly email: string };
  readonly currency: string;
  readonly lines: readonly {
    readonly description: string;
    readonly quantity: number;
    readonly unit_price_minor: number;
  }[];
}

/** What the product answered when it did not do what was asked. */
export class ApiError extends Error {
  readonly code: string;
  readonly fields: readonly { readonly field: string; readonly message: string }[];
  readonly correlationId: string | null;

  constructor(
    message: string,
    code: string,
    fields: ApiError['fields'] = [],
    correlationId: string | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.fields = fields;
    this.correlationId = correlationId;
  }

  /** Whether it may have been done all the same: then it is tried again under the same key. */
  get mayHaveHappened(): boolean {
    return ['unreachable', 'unavailable', 'internal'].includes(this.code);
  }
}

/** By what calls are made: somebody's own sign-in, or the session of an operator who acts as them. */
export interface Credentials {
  accessToken(): Promise<string>;
  renew(): Promise<void>;
  end(code: string): void;
  /** What else each call says. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The person's sign-in ended; the page has been told already, so there is nothing to show. */
export class SignedOutError extends Error {}

/** The product's own API, called in the name of whoever is signed in. */
export class OrdersApi {
  readonly #session: Credentials;
  readonly #onRoleRefused: (message: string) => void;
  readonly #onNotMember: () => void;

  constructor(session: Credentials, on: { roleRefused(message: string): void; notMember(): void }) {
    this.#session = session;
    this.#onRoleRefused = on.roleRefused;
    this.#onNotMember = on.notMember;
  }

  list(
    filter: { search: string; status: string; cursor?: string | undefined },
    signal?: AbortSignal,
  ): Promise<OrderPage> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
    return this.#call(`/api/orders?${query}`, { signal: signal ?? null });
  }

  read(number: number): Promise<OrderDetail> {
    return this.#call(`/api/orders/${number}`);
  }

  create(order: NewOrder, key: string): Promise<OrderDetail> {
    return this.#call('/api/orders', post(order, key));
  }

  refund(number: number, amountMinor: number, reason: string, key: string): Promise<OrderDetail> {
    return this.#call(`/api/orders/${number}/refunds`, post({ amount_minor: amountMinor, reason }, key));
  }

  customers(
    search: string,
  ): Promise<{ items: readonly { readonly name: string; readonly email: string }[] }> {
    return this.#call(`/api/customers?limit=8&search=${encodeURIComponent(search)}`);
  }

  async #call<T>(path: string, init: RequestInit = {}): Promise<T> {
    let response = await this.#send(path, init);
    let problem = response.ok ? null : await readProblem(response);
    if (problem?.code === 'token_expired') {
      // The clock of this machine may be slow. One renewal, one more try.
      await this.#session.renew();
      response = await this.#send(path, init);
      problem = response.ok ? null : await readProblem(response);
    }
    if (problem === null) return response.json();
    if (response.status === 401 || problem.code === 'account_deactivated') {
      this.#session.end(problem.code);
      throw new SignedOutError();
    }
    if (problem.code === 'not_member') this.#onNotMember();
    if (problem.code === 'forbidden') this.#onRoleRefused(problem.message);
    throw problem;
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const token = await this.#session.accessToken();
    try {
      const headers = { ...init.headers, ...this.#session.headers, authorization: `Bearer ${token}` };
      return await fetch(path, { ...init, headers });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new ApiError('This page lost its connection. Check the network and try again.', 'unreachable');
    }
  }
}

function post(body: object, key: string): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  };
}

async function readProblem(response: Response): Promise<ApiError> {
  const problem = await response.json().catch(() => ({}));
  const message = problem.detail ?? problem.title ?? `The product answered ${response.status}.`;
  return new ApiError(
    message,
    problem.code ?? 'internal',
    problem.errors ?? [],
    problem.correlation_id ?? null,
  );
}
