import { z } from 'zod';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { approvalStates } from '../vocabulary.ts';
import { freeText, id, instant, wire } from '../wire.ts';
import { forOperators, idParams } from './audience.ts';
import { ProductIntent } from './products.ts';

/** Largest request for approval, in bytes: 500 rows with their versions. */
const approvalLimitBytes = 256 * 1024;

const Person = wire({ id, name: z.string(), email: z.string() });

/** A yes that one operator asks of another, to exactly one call (A20). */
export const Approval = wire({
  id,
  serviceId: id,
  serviceName: z.string(),
  intent: ProductIntent,
  /** The call in one line: “bulk_run on Order, 3 rows”. */
  summary: z.string(),
  /** The rows that it is about, as they were when it was asked for. */
  rows: z.array(wire({ id: z.string(), version: z.string().nullable(), label: z.string().nullable() })),
  reason: z.string(),
  requestedBy: Person,
  requestedAt: instant,
  expiresAt: instant,
  state: z.enum(approvalStates),
  decidedBy: Person.nullable(),
  decidedAt: instant.nullable(),
  note: z.string(),
  /** Whether the caller may say yes or no to it now. */
  canDecide: z.boolean(),
});
export type Approval = z.output<typeof Approval>;

const decision = {
  ...forOperators,
  params: idParams,
  body: wire({ note: freeText(500).optional() }),
  success: [200, Approval] as const,
  errors: [
    'not_found',
    'approval_decided',
    'approval_requester_gone',
    'own_approval',
    'operator_role_missing',
  ] as const,
};

export const approvalsRequest = defineRoute({
  ...forOperators,
  id: 'approvals.request',
  method: 'POST',
  path: '/admin/products/{id}/approvals',
  summary: 'Ask another operator to approve one exact call',
  params: idParams,
  body: wire({ intent: ProductIntent, reason: freeText(500).pipe(z.string().min(3)) }),
  bodyLimitBytes: approvalLimitBytes,
  success: [201, Approval],
  errors: [
    'not_found',
    'operator_role_missing',
    'product_no_address',
    'product_unreachable',
    'product_timeout',
    'product_nonsense',
    'product_refused',
    'payload_too_large',
  ],
  idempotent: true,
});

export const approvalsList = defineRoute({
  ...forOperators,
  id: 'approvals.list',
  method: 'GET',
  path: '/admin/approvals',
  summary: 'Approvals at the products that the caller may reach, newest first',
  query: wire({
    state: z.enum(approvalStates).optional(),
    cursor: listQuery.cursor,
    pageSize: listQuery.pageSize,
  }),
  success: [200, pageOf(Approval)],
});

export const approvalsRead = defineRoute({
  ...forOperators,
  id: 'approvals.read',
  method: 'GET',
  path: '/admin/approvals/{id}',
  summary: 'One approval',
  params: idParams,
  success: [200, Approval],
  errors: ['not_found'],
});

export const approvalsApprove = defineRoute({
  ...decision,
  id: 'approvals.approve',
  method: 'POST',
  path: '/admin/approvals/{id}/approve',
  summary: 'Say yes to one exact call of somebody else, who can then make it once',
});

export const approvalsRefuse = defineRoute({
  ...decision,
  id: 'approvals.refuse',
  method: 'POST',
  path: '/admin/approvals/{id}/refuse',
  summary: 'Say no to a call; whoever asked for it can take it back this way, too',
});

/** Routes of approvals. */
export const approvalsRoutes = [
  approvalsRequest,
  approvalsList,
  approvalsRead,
  approvalsApprove,
  approvalsRefuse,
] as const;
