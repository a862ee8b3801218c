import type { Failure } from '@castellan/ui';
import { CallError } from '../api/call.ts';
import { failureOf } from '../api/failure.ts';

/** An error of a product's page in words: who failed, and what to do. */
export function productFailure(error: unknown, product = 'The product'): Failure {
  if (!(error instanceof CallError)) return failureOf(error);
  const { correlationId } = error;
  const told = (title: string, fix: string): Failure => ({ title, fix, correlationId });
  switch (error.code) {
    case 'product_unreachable':
      return told(
        `${product} can not be reached`,
        // Why it was not called, or did not answer, is told to those who can mend it.
        error.detail
          ? `Castellan works, but could not call the product. ${error.detail} Nothing was changed.`
          : 'Castellan works, but the product does not answer at its admin address. Nothing was changed.',
      );
    case 'product_timeout':
      return told(
        `${product} took too long`,
        'It may be busy. Before you repeat a change, look whether it was made.',
      );
    case 'product_nonsense':
      return told(
        `${product} gave an answer that can not be understood`,
        'Its admin address may lead somewhere else, or its library is out of date. Its team can tell.',
      );
    case 'product_schema_version':
      return told(
        `${product} speaks another version`,
        'The library of the product and Castellan do not match: update whichever is older.',
      );
    case 'product_no_address':
      return told(`${product} has no admin address`, 'An administrator sets it at the service.');
    case 'operator_role_missing':
      return {
        title: 'You may not see this',
        fix: `Whoever holds a role at ${product === 'The product' ? 'this product' : product} can see it. Ask its owner for one.`,
        correlationId,
        forbidden: true,
      };
    case 'product_refused':
      return refusal(error);
    default:
      return failureOf(error);
  }
}

function refusal(error: CallError): Failure {
  const { correlationId } = error;
  const said = error.detail ?? error.fix;
  switch (error.productCode) {
    case 'INSUFFICIENT_ROLE':
      return { title: 'Your role does not allow this', fix: said, correlationId, forbidden: true };
    case 'STATEMENT_TIMEOUT':
      return {
        title: 'This took the database too long',
        fix: 'Filter by an indexed field, or search for the beginning of a word.',
        correlationId,
      };
    case 'INVALID_CURSOR':
      return { title: 'This place in the list is gone', fix: 'Begin at the first page.', correlationId };
    case 'NOT_FOUND':
      return { title: 'This row is not there any more', fix: 'It was deleted, or never was.', correlationId };
    case 'CONFLICT':
      return { title: 'Somebody else changed it first', fix: 'Read it again and decide.', correlationId };
    case 'CONSTRAINT_FAILED':
      return { title: 'The database refused it', fix: said, correlationId };
    case 'APPROVAL_REQUIRED':
      return {
        title: 'This needs the approval of a second operator',
        fix: 'Ask for it with a reason; then you can do it, once.',
        correlationId,
      };
    default:
      return { title: 'The product said no', fix: said, correlationId };
  }
}

/** Whether the product says that there is no such row. */
export const hasGone = (error: unknown): boolean =>
  error instanceof CallError && error.productCode === 'NOT_FOUND';

/** Whether the product asks for a second operator's approval. */
export const needsApproval = (error: unknown): boolean =>
  error instanceof CallError && error.productCode === 'APPROVAL_REQUIRED';

/** What a product says is wrong, beside the field that it names. */
export function fieldErrors(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof CallError)) return {};
  const errors: Record<string, string> = {};
  for (const { field, message } of error.fields)
    errors[field.replace(/^(payload\.)?(values\.)?/, '')] ??=
      `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
  return errors;
}
