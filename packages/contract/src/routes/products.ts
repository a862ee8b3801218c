import { z } from 'zod';
import { operatorRoles } from '../admin/operator-roles.ts';
import { SchemaDocument } from '../admin/schema-document.ts';
import { defineRoute } from '../route.ts';
import { displayName, id, instant, wire } from '../wire.ts';
import { forOperators, idParams } from './audience.ts';

/** The id under which Castellan's own people, workspaces and services are a product like any other. */
export const castellanProductId = '00000000-0000-7000-8000-0000ca57e11a';

/** Largest intent, in bytes: long texts and JSON fields are edited through it. */
export const productIntentLimitBytes = 1024 * 1024;
/** Most rows of one CSV export. */
export const productExportLimit = 100_000;

/** A product whose data the caller may reach. */
export const Product = wire({
  serviceId: id,
  name: z.string(),
  description: z.string(),
  /** What the caller may do there. */
  role: z.enum(operatorRoles),
  /** `no_admin_url`: nobody has told where its admin surface is; `address_refused`: it is where Castellan does not ask. */
  state: z.enum(['ready', 'no_admin_url', 'address_refused']),
  /** Why the address is refused, and what would allow it, for those who can mend it; `null` otherwise. */
  problem: z.string().nullable(),
});
export type Product = z.output<typeof Product>;

/** What PostgreSQL can keep: no NUL, no half of a surrogate pair. */
const isText = (text: string): boolean => !text.includes('\0') && !/\p{Cs}/u.test(text);
const notText = 'holds something that is not a character';
const word = z.string().min(1).max(100).refine(isText, notText);
/** The same of every text inside a JSON value, as it is written. */
const holdsText = (value: unknown): boolean =>
  !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i.test(JSON.stringify(value) ?? '');
/** One call to a product's admin surface, as the console asks for it. What `payload` holds is the product's to check. */
const intentFields = {
  model: word,
  action: word,
  id: z.union([z.string().max(200).refine(isText, notText), z.int()]).optional(),
  payload: z.unknown().optional(),
  command: word.optional(),
};

/** A call that somebody else has to approve: it is bound to exactly this. */
export const ProductIntent = wire({
  ...intentFields,
  payload: z.unknown().refine(holdsText, notText).optional(),
});
export type ProductIntent = z.output<typeof ProductIntent>;

/** A list as somebody keeps it: its filters, order and columns are the console's own. */
export const SavedView = wire({
  id,
  model: z.string(),
  name: z.string(),
  state: z.record(z.string(), z.unknown()),
  /** Seen by every operator of the product; changed by whoever made it, and by its admins. */
  isShared: z.boolean(),
  isOwn: z.boolean(),
  createdBy: z.string(),
  updatedAt: instant,
});
export type SavedView = z.output<typeof SavedView>;

const viewState = z
  .record(z.string().max(100), z.unknown())
  .refine((state) => JSON.stringify(state).length <= 20_000, 'is longer than 20,000 characters')
  .refine(holdsText, notText);
const viewParams = wire({ id, vid: id });
const productErrors = [
  'not_found',
  'operator_role_missing',
  'product_no_address',
  'product_unreachable',
  'product_timeout',
  'product_nonsense',
  'product_refused',
] as const;

export const productsList = defineRoute({
  ...forOperators,
  id: 'products.list',
  method: 'GET',
  path: '/admin/products',
  summary: 'Products whose data the caller may reach, with their role at each',
  success: [200, wire({ items: z.array(Product) })],
});

export const productsSchema = defineRoute({
  ...forOperators,
  id: 'products.schema',
  method: 'GET',
  path: '/admin/products/{id}/schema',
  summary: 'What a product can show and do, as it says itself, and the role of the caller there',
  params: idParams,
  success: [200, wire({ document: SchemaDocument, role: z.enum(operatorRoles) })],
  errors: [...productErrors, 'product_schema_version'],
});

export const productsIntent = defineRoute({
  ...forOperators,
  id: 'products.intent',
  method: 'POST',
  path: '/admin/products/{id}/intent',
  summary: 'Ask a product to list, read or change something, with a token that is made for this one call',
  params: idParams,
  body: wire({
    ...intentFields,
    skip: z.int().min(0).max(10_000).optional(),
    limit: z.int().min(1).max(200).optional(),
    /** A second operator said yes to this very call. */
    approvalId: id.optional(),
  }),
  bodyLimitBytes: productIntentLimitBytes,
  success: [
    200,
    wire({
      /** What the product answered; its shape belongs to the action. */
      data: z.unknown(),
      correlationId: z.string(),
    }),
  ],
  errors: [...productErrors, 'approval_not_usable', 'approval_stale', 'payload_too_large'],
});

export const productsExport = defineRoute({
  ...forOperators,
  id: 'products.export',
  method: 'POST',
  path: '/admin/products/{id}/export',
  summary: 'A filtered list as CSV, up to 100,000 rows; the header X-Total-Count tells how many to expect',
  params: idParams,
  body: wire({
    model: word,
    /** As of `list`: filter, search and sort; `fields` names the columns. */
    payload: z.record(z.string(), z.unknown()).optional(),
  }),
  gives: 'csv',
  success: [200, null],
  errors: productErrors,
});

export const productViewsList = defineRoute({
  ...forOperators,
  id: 'product_views.list',
  method: 'GET',
  path: '/admin/products/{id}/views',
  summary: 'Saved views of a product: the caller’s own, and those that are shared',
  params: idParams,
  query: wire({ model: word.optional() }),
  success: [200, wire({ items: z.array(SavedView) })],
  errors: ['not_found', 'operator_role_missing'],
});

export const productViewsCreate = defineRoute({
  ...forOperators,
  id: 'product_views.create',
  method: 'POST',
  path: '/admin/products/{id}/views',
  summary: 'Keep a list as a view, for oneself or for every operator of the product',
  params: idParams,
  body: wire({ name: displayName, model: word, state: viewState, isShared: z.boolean().optional() }),
  success: [201, SavedView],
  errors: ['not_found', 'operator_role_missing', 'too_many_views'],
  idempotent: true,
});

export const productViewsUpdate = defineRoute({
  ...forOperators,
  id: 'product_views.update',
  method: 'PATCH',
  path: '/admin/products/{id}/views/{vid}',
  summary: 'Rename, change, share or unshare a saved view',
  params: viewParams,
  body: wire({
    name: displayName.optional(),
    state: viewState.optional(),
    isShared: z.boolean().optional(),
  }),
  success: [200, SavedView],
  errors: ['not_found', 'operator_role_missing'],
});

export const productViewsDelete = defineRoute({
  ...forOperators,
  id: 'product_views.delete',
  method: 'DELETE',
  path: '/admin/products/{id}/views/{vid}',
  summary: 'Delete a saved view',
  params: viewParams,
  success: [204, null],
  errors: ['not_found', 'operator_role_missing'],
});

/** Routes of products: their data in the console. */
export const productsRoutes = [
  productsList,
  productsSchema,
  productsIntent,
  productsExport,
  productViewsList,
  productViewsCreate,
  productViewsUpdate,
  productViewsDelete,
] as const;
