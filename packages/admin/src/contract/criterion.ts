import type { Product } from './product.ts';

/** One thing that an adoption has to do, with the name under which its failure is reported. */
export interface Criterion {
  /** Stable: `token.audience`. What stands before the dot is its group. */
  readonly name: string;
  /** What holds when it is met, in one sentence. */
  readonly proves: string;
  /** What to do when it is not. */
  readonly mend: string;
  /** It changes rows (and puts them back), so it is judged only where writes are allowed. */
  readonly needsWrites: boolean;
  /** Returns when it is met. @throws `NotMet` or `CanNotJudge` */
  readonly judge: (product: Product) => Promise<void>;
}

/** The product does not do what the criterion asks. */
export class NotMet extends Error {
  override readonly name = 'NotMet';
}

/** The product has nothing that the criterion could be judged by; that is reported and is no failure. */
export class CanNotJudge extends Error {
  override readonly name = 'CanNotJudge';
}

/** Declares one criterion. */
export function criterion(
  name: string,
  text: { readonly proves: string; readonly mend: string; readonly needsWrites?: boolean },
  judge: Criterion['judge'],
): Criterion {
  return { name, proves: text.proves, mend: text.mend, needsWrites: text.needsWrites ?? false, judge };
}

/** Fails with a sentence unless the condition holds. */
export function must(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new NotMet(otherwise);
}

/** Gives the value, or says that there is nothing to judge by. */
export function found<T>(value: T | undefined | null, otherwise: string): T {
  if (value === undefined || value === null) throw new CanNotJudge(otherwise);
  return value;
}
