import type { OrderStatus } from '../database/schema.ts';
import { companies, firstNames, lastNames, products, refundReasons } from './catalogue.ts';
import { createRandom, type Random } from './random.ts';

/** The workspaces and people that the orders are spread over, as the platform describes them. */
export interface SampleSource {
  readonly workspaces: readonly { readonly id: string; readonly slug: string; readonly name: string }[];
  readonly users: readonly {
    readonly id: string;
    readonly email: string;
    readonly name: string;
    readonly workspaceIds: readonly string[];
  }[];
}

interface Made {
  readonly id: string;
  readonly workspaceId: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}
export interface SampleCustomer extends Made {
  readonly name: string;
  readonly email: string;
}
export interface SampleOrder extends Made {
  readonly number: number;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly currency: string;
  readonly totalMinor: number;
  readonly refundedMinor: number;
}
export interface SampleLine {
  readonly workspaceId: string;
  readonly orderId: string;
  readonly position: number;
  readonly description: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly createdBy: string;
}
export interface SampleRefund extends Made {
  readonly orderId: string;
  readonly amountMinor: number;
  readonly reason: string;
}

/** Rows for every table. */
export interface Sample {
  readonly customers: SampleCustomer[];
  readonly orders: SampleOrder[];
  readonly lines: SampleLine[];
  readonly refunds: SampleRefund[];
}

const ordersAltogether = 3600;
const dayMs = 86_400_000;
const days = 180;
/** Each workspace sells in one currency; the factor keeps prices believable in it. */
const money = [
  { currency: 'EUR', factor: 1 },
  { currency: 'USD', factor: 1.1 },
  { currency: 'GBP', factor: 0.9 },
] as const;

/** Makes half a year of orders up to `until`. The same source and time give the same rows. */
export function generateSample(source: SampleSource, until: Date): Sample {
  const sample: Sample = { customers: [], orders: [], lines: [], refunds: [] };
  const weights = source.workspaces.map((_, index) => 1 / (index + 1));
  const weightAltogether = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, workspace] of source.workspaces.entries()) {
    const members = source.users
      .filter(({ workspaceIds }) => workspaceIds.includes(workspace.id))
      .map(({ id }) => id);
    if (members.length === 0) continue;
    const count = Math.round((ordersAltogether * weights[index]!) / weightAltogether);
    fillWorkspace(sample, workspace.id, members, count, until, money[index % money.length]!);
  }
  return sample;
}

function fillWorkspace(
  sample: Sample,
  workspaceId: string,
  members: readonly string[],
  count: number,
  until: Date,
  { currency, factor }: (typeof money)[number],
): void {
  const random = createRandom(workspaceId);
  const begin = until.getTime() - days * dayMs;
  const customers = makeCustomers(random, workspaceId, members, Math.ceil(count / 9), new Date(begin));
  sample.customers.push(...customers);
  for (let index = 0; index < count; index += 1) {
    // The square root makes later days busier: a shop that grows.
    const ageMs = (1 - Math.sqrt((index + random.fraction()) / count)) * days * dayMs;
    const id = random.uuid();
    const createdBy = random.pick(members);
    const lines = makeLines(random, { workspaceId, orderId: id, createdBy }, factor);
    const totalMinor = lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0);
    const createdAt = new Date(until.getTime() - ageMs);
    const refund = random.fraction() < 0.06 ? makeRefund(random, totalMinor, createdAt, until) : null;
    sample.lines.push(...lines);
    sample.orders.push({
      id,
      workspaceId,
      number: 1001 + index,
      // Some customers come back often.
      customerId: customers[Math.floor(random.fraction() ** 2 * customers.length)]!.id,
      status: refund?.amountMinor === totalMinor ? 'refunded' : statusAfter(random, ageMs),
      currency,
      totalMinor,
      refundedMinor: refund?.amountMinor ?? 0,
      createdBy,
      createdAt,
    });
    if (refund)
      sample.refunds.push({
        ...refund,
        id: random.uuid(),
        workspaceId,
        orderId: id,
        createdBy: random.pick(members),
      });
  }
}

function makeCustomers(
  random: Random,
  workspaceId: string,
  members: readonly string[],
  count: number,
  createdAt: Date,
): SampleCustomer[] {
  return Array.from({ length: count }, (_, index) => {
    const [first, last] = [random.pick(firstNames), random.pick(lastNames)];
    const company = random.fraction() < 0.3;
    const ascii = `${first}.${last}`
      .normalize('NFD')
      .replace(/[^a-zA-Z.]/g, '')
      .toLowerCase();
    return {
      id: random.uuid(),
      workspaceId,
      name: company ? `${last} ${random.pick(companies)}` : `${first} ${last}`,
      email: `${ascii}${index}@customer.example`,
      createdBy: random.pick(members),
      createdAt,
    };
  });
}

function makeLines(
  random: Random,
  of: { workspaceId: string; orderId: string; createdBy: string },
  factor: number,
): SampleLine[] {
  const count = 1 + Math.floor(random.fraction() ** 2 * 5);
  return Array.from({ length: count }, (_, position) => {
    const [description, priceMinor] = random.pick(products);
    const quantity = random.fraction() < 0.7 ? 1 : 2 + Math.floor(random.fraction() * 5);
    return {
      ...of,
      position,
      description,
      quantity,
      unitPriceMinor: Math.round((priceMinor * factor) / 10) * 10,
    };
  });
}

function makeRefund(random: Random, totalMinor: number, orderedAt: Date, until: Date) {
  const part = random.fraction() < 0.4 ? 1 : random.pick([0.1, 0.25, 0.5]);
  const latest = Math.min(orderedAt.getTime() + 14 * dayMs, until.getTime());
  return {
    amountMinor: Math.max(1, Math.round(totalMinor * part)),
    reason: random.pick(refundReasons),
    createdAt: new Date(orderedAt.getTime() + random.fraction() * (latest - orderedAt.getTime())),
  };
}

function statusAfter(random: Random, ageMs: number): OrderStatus {
  const age = ageMs / dayMs + random.fraction() * 2;
  if (age < 2) return 'paid';
  return age < 6 ? 'shipped' : 'delivered';
}
