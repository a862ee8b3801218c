import { RefusedError } from '@castellan/sdk';

/** While nothing of a type was ever registered, Castellan knows no such type: nobody may see any. */
export async function orIfUnknown<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RefusedError && error.problem === 'resource_type_unknown') return otherwise;
    throw error;
  }
}
