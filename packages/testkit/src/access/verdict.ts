import type { Principal } from './principals.ts';

/** How often something of a name was asked, and how often the answer was a yes (of a list: that there is anything on it). */
export type Tally = Readonly<Record<string, { readonly asked: number; readonly yes: number }>>;

/** What a judge found: how much was asked, how often the answer was yes, and where it differed from the rules. */
export interface Verdict {
  readonly asked: number;
  readonly allowed: number;
  readonly differences: readonly string[];
  /** By what was asked. */
  readonly kinds: Tally;
  /** By whom it was asked about, where that is one person. */
  readonly principals: Tally;
  /** Of the same question about a delegate and about the person themselves: who may. `delegateAlone` must be 0. */
  readonly delegates: Readonly<Record<DelegateOutcome, number>>;
}

type DelegateOutcome = 'both' | 'personAlone' | 'neither' | 'delegateAlone';

/** A {@link Verdict} while it is being found. */
export class OpenVerdict {
  private readonly kinds = new Map<string, { asked: number; yes: number }>();
  private readonly principals = new Map<string, { asked: number; yes: number }>();
  private readonly delegates = { both: 0, personAlone: 0, neither: 0, delegateAlone: 0 };
  private readonly differences: string[] = [];

  /** Counts an answer. */
  answer(kind: string, principal: Principal | null, isYes: boolean): void {
    count(this.kinds, kind, 1, isYes ? 1 : 0);
    if (principal !== null) count(this.principals, principal, 1, isYes ? 1 : 0);
  }

  /** Counts the same question about a delegate and the person, and judges that a delegate never exceeds its delegator. */
  beside(delegateMay: boolean, personMay: boolean, question: object): void {
    const outcome = delegateMay
      ? personMay
        ? 'both'
        : 'delegateAlone'
      : personMay
        ? 'personAlone'
        : 'neither';
    this.delegates[outcome]++;
    if (outcome === 'delegateAlone') this.differs('a delegate exceeds its delegator', question);
  }

  differs(what: string, about: object): void {
    this.differences.push(`${what}: ${describe(about)}`);
  }

  close(): Verdict {
    const counts = [...this.kinds.values()];
    return {
      asked: counts.reduce((sum, { asked }) => sum + asked, 0),
      allowed: counts.reduce((sum, { yes }) => sum + yes, 0),
      differences: this.differences,
      kinds: sorted(this.kinds),
      principals: sorted(this.principals),
      delegates: this.delegates,
    };
  }
}

/** What several judges found, as one. */
export function sumVerdicts(verdicts: readonly Verdict[]): Verdict {
  const total = { asked: 0, allowed: 0, differences: [] as string[] };
  const [kinds, people] = [new Map(), new Map()];
  const delegates = { both: 0, personAlone: 0, neither: 0, delegateAlone: 0 };
  for (const verdict of verdicts) {
    total.asked += verdict.asked;
    total.allowed += verdict.allowed;
    total.differences.push(...verdict.differences);
    for (const [name, { asked, yes }] of Object.entries(verdict.kinds)) count(kinds, name, asked, yes);
    for (const [name, { asked, yes }] of Object.entries(verdict.principals)) count(people, name, asked, yes);
    for (const outcome of Object.keys(delegates) as DelegateOutcome[])
      delegates[outcome] += verdict.delegates[outcome];
  }
  return { ...total, kinds: sorted(kinds), principals: sorted(people), delegates };
}

/** A question as one can read it, sets included. */
export function describe(question: object): string {
  return JSON.stringify(question, (_, value) => (value instanceof Set ? [...value] : value));
}

type Counts = Map<string, { asked: number; yes: number }>;

function count(counts: Counts, name: string, asked: number, yes: number): void {
  const so = counts.get(name);
  if (!so) counts.set(name, { asked, yes });
  else {
    so.asked += asked;
    so.yes += yes;
  }
}

function sorted(counts: Counts): Tally {
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
}
