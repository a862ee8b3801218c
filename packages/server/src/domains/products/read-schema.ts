import { SchemaDocument, schemaDocumentVersion } from '@castellan/contract';
import { Refusal } from '../../platform/refusal.ts';
import { type CallableProduct, dataOf, type IntentCaller } from './ask-product.ts';
import type { ProductCalls } from './product-calls.ts';
import { isObject } from './product-outcome.ts';

/**
 * What a product says that it can show and do.
 * @throws Refusal `product_schema_version`, `product_nonsense`, and those of a call
 */
export async function readSchema(
  { calls }: { readonly calls: ProductCalls },
  { principal, origin }: Pick<IntentCaller, 'principal' | 'origin'>,
  product: CallableProduct,
): Promise<SchemaDocument> {
  const outcome = await calls.call({
    adminUrl: product.adminUrl,
    service: product.name,
    operator: principal,
    role: product.role,
    correlationId: origin.correlationId!, // The listener gives each request one.
    counted: 'schema',
  });
  const data = dataOf(product, outcome);
  const version = isObject(data) ? data.version : undefined;
  if (typeof version === 'number' && version !== schemaDocumentVersion)
    throw new Refusal('product_schema_version', {
      detail: `${product.name} describes itself in version ${version}; this Castellan reads version ${schemaDocumentVersion}.`,
    });
  const parsed = SchemaDocument.safeDecode(data as never);
  if (!parsed.success)
    throw new Refusal('product_nonsense', {
      detail: `${product.name}: the schema document is wrong at “${parsed.error.issues[0]?.path.join('.')}”.`,
    });
  return parsed.data;
}
