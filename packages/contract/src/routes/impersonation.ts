import { z } from 'zod';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { secondFactorMethods } from '../vocabulary.ts';
import { freeText, id, instant, password, wire } from '../wire.ts';
import { forOperators, idParams } from './audience.ts';
import { PasskeyAssertion } from './factors.ts';

/** The longest that an operator acts as somebody, in seconds; then they begin anew. */
export const impersonationLifeSeconds = 30 * 60;
/** The custom action of the model `User` that a product mints with (A15). */
export const createActorTokenCommand = 'createActorToken';
/** The custom action that a product ends its own sessions by, where it can. */
export const revokeActorTokenCommand = 'revokeActorToken';
/** The type of `subject_token` by which a product trades a ticket for the token of the session (RFC 8693 §3). */
export const impersonationTicketType = 'urn:castellan:params:oauth:token-type:impersonation-ticket';
/** The parameter of the product's address in which a ticket comes. */
export const impersonationTicketParameter = 'impersonation_ticket';

/** Where a session is. `starting`: the product has not answered yet. */
export const impersonationStates = ['starting', 'live', 'ended', 'expired', 'failed'] as const;
/** One state of a session. */
export type ImpersonationState = (typeof impersonationStates)[number];

/**
 * How fast the end of a session is true: `platform`: Castellan minted its token, and says no from the next question on;
 * `product`: the product ends its own when it is told; `expiry`: the product can't, and its session runs out by itself.
 */
export const impersonationEndings = ['platform', 'product', 'expiry'] as const;
/** One way in which a session ends. */
export type ImpersonationEnding = (typeof impersonationEndings)[number];

const Person = wire({ id: id.nullable(), name: z.string(), email: z.string() });

/** An operator who acts, or acted, as a user of a product. */
export const Impersonation = wire({
  id,
  serviceId: id.nullable(),
  serviceName: z.string(),
  operator: Person,
  /** The user as the product knows them: the key of the row, and what it is called. */
  rowId: z.string(),
  label: z.string(),
  /** The Castellan account behind it, where Castellan minted the token. */
  userId: id.nullable(),
  reason: z.string(),
  allowWrites: z.boolean(),
  endsBy: z.enum(impersonationEndings).nullable(),
  startedAt: instant,
  expiresAt: instant,
  endedAt: instant.nullable(),
  endedBy: Person.nullable(),
  state: z.enum(impersonationStates),
  /** Whether the caller can end it now. */
  canEnd: z.boolean(),
});
export type Impersonation = z.output<typeof Impersonation>;

export const stepUpRead = defineRoute({
  ...forOperators,
  id: 'step_up.read',
  method: 'GET',
  path: '/auth/admin/step-up',
  summary: 'Whether the operator proved lately who they are, and how they can prove it again',
  success: [
    200,
    wire({
      /** Until when that holds; `null` when it does not. */
      freshUntil: instant.nullable(),
      /** None: what they sign in by is no proof here, and they add a factor first. */
      methods: z.array(z.enum(['password', ...secondFactorMethods])),
      /** The page of their account where a passkey or an authenticator app is added. */
      factorsUrl: z.string(),
    }),
  ],
});

export const stepUpPasskeyOptions = defineRoute({
  ...forOperators,
  id: 'step_up.passkey_options',
  method: 'POST',
  path: '/auth/admin/step-up/passkey/options',
  summary: 'Options for the browser to ask for a passkey of the operator',
  success: [200, wire({ options: z.record(z.string(), z.unknown()) })],
  errors: ['token_invalid', 'origin_refused'],
});

export const stepUpProve = defineRoute({
  ...forOperators,
  id: 'step_up.prove',
  method: 'POST',
  path: '/auth/admin/step-up',
  summary:
    'Prove again who the operator is: by a second factor where they have one (`code` or `passkey`), else by `password`',
  body: wire({
    method: z.enum(['password', ...secondFactorMethods]),
    /** With the method `password`. */
    password: password.optional(),
    /** With `totp` and `recovery_code`. */
    code: z.string().min(1).max(64).optional(),
    passkey: PasskeyAssertion.optional(),
  }),
  success: [200, wire({ freshUntil: instant })],
  errors: [
    'invalid_credentials',
    'mfa_required',
    'mfa_code_wrong',
    'passkey_refused',
    'rate_limited',
    'overloaded',
    'origin_refused',
  ],
});

export const impersonationsStart = defineRoute({
  ...forOperators,
  id: 'impersonations.start',
  method: 'POST',
  path: '/admin/impersonations',
  summary: 'Begin to act as a user of a product: read-only unless asked otherwise, for 30 minutes at most',
  body: wire({
    serviceId: id,
    /** The key of the user's row, as the product's lists have it. */
    rowId: z.string().min(1).max(200),
    /**
     * The Castellan account that is meant, where the operator comes from it: an operator’s is refused before the product is asked, and
     * where Castellan mints, the product has to name this one.
     */
    userId: id.optional(),
    /** What the row is called, for the timeline and the list. */
    label: freeText(200).optional(),
    /** Kept with the session and told to the product. */
    reason: freeText(500).pipe(z.string().min(3, 'say in a few words why')),
    allowWrites: z.boolean().optional(),
  }),
  success: [
    201,
    wire({ session: Impersonation, /** Open it in a new tab, without an opener. */ url: z.string() }),
  ],
  errors: [
    'not_found',
    'operator_role_missing',
    'step_up_required',
    'impersonation_of_operator',
    'impersonation_subject_unknown',
    'product_no_address',
    'product_unreachable',
    'product_timeout',
    'product_nonsense',
    'product_refused',
  ],
});

export const impersonationsList = defineRoute({
  ...forOperators,
  id: 'impersonations.list',
  method: 'GET',
  path: '/admin/impersonations',
  summary:
    'Who acts and acted as whom: one’s own, and all of the services that the caller owns; newest first',
  query: wire({
    state: z.enum(['live', 'past']).optional(),
    cursor: listQuery.cursor,
    pageSize: listQuery.pageSize,
  }),
  success: [200, pageOf(Impersonation)],
});

export const impersonationsEnd = defineRoute({
  ...forOperators,
  id: 'impersonations.end',
  method: 'POST',
  path: '/admin/impersonations/{id}/end',
  summary: 'End a session now',
  params: idParams,
  success: [
    200,
    wire({
      session: Impersonation,
      /** `true` from the next call on; `asked` the product, which said yes; `unknown`: the product could not be asked. */
      effect: z.enum(['ended', 'asked', 'unknown']),
    }),
  ],
  errors: ['not_found'],
});

/** What a service is told of a session. */
export const ImpersonationCheck = z.union([
  wire({
    active: z.literal(true),
    sessionId: id,
    operatorId: id,
    allowWrites: z.boolean(),
    expiresAt: instant,
  }),
  wire({ active: z.literal(false) }),
]);
export type ImpersonationCheck = z.output<typeof ImpersonationCheck>;

export const impersonationsCheck = defineRoute({
  listener: 'public',
  auth: ['service_key'],
  permission: 'service',
  id: 'impersonations.check',
  method: 'POST',
  path: '/v1/impersonations/check',
  summary: 'Ask whether an operator’s session as a user of this service still stands',
  body: wire({ sessionId: id }),
  success: [200, ImpersonationCheck],
});

/** Routes of impersonation, and of proving again who one is. */
export const impersonationRoutes = [
  stepUpRead,
  stepUpPasskeyOptions,
  stepUpProve,
  impersonationsStart,
  impersonationsList,
  impersonationsEnd,
  impersonationsCheck,
] as const;
