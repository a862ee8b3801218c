import { z } from 'zod';
import { errorCodes } from './errors.ts';
import { secondFactorMethods } from './vocabulary.ts';
import { wire } from './wire.ts';

/** An error on the wire: RFC 9457 with a stable `code`, the fields that are wrong, and the correlation id. */
export const Problem = wire({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(errorCodes),
  detail: z.string().optional(),
  fix: z.string(),
  errors: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
  correlationId: z.string(),
  /** With `mfa_required`: what the second step is asked with, once, within five minutes. */
  mfaToken: z.string().optional(),
  /** With `mfa_required`: the ways in which this person can prove the second factor. */
  methods: z.array(z.enum(secondFactorMethods)).optional(),
  /** With `product_refused`: the product's own code. */
  productCode: z.string().optional(),
  /** With `product_refused`: what else the product says, `{changed_fields: […]}`. */
  productDetails: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.output<typeof Problem>;
