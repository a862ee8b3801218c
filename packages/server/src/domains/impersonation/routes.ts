import {
  impersonationsCheck,
  impersonationsEnd,
  impersonationsList,
  impersonationsStart,
} from '@castellan/contract';
import { newId } from '../../platform/database/identifiers.ts';
import { type Call, type Implementation, implement } from '../../platform/http/implementation.ts';
import { checkSession } from './check-session.ts';
import { endSession } from './end-session.ts';
import type { ImpersonationDeps } from './impersonation-deps.ts';
import { listSessions } from './read-sessions.ts';
import { type SessionCaller, startSession } from './start-session.ts';

/** Operators who act as users of products (A15), and what services ask about them. */
export function impersonationRoutes(deps: ImpersonationDeps): Implementation[] {
  const { database, clock, cursors } = deps;
  return [
    implement(impersonationsStart, (call) => startSession(deps, callerOf(call), call.body)),
    implement(impersonationsList, (call) =>
      listSessions(database.db, cursors, call.principal, call.query, clock.now()),
    ),
    implement(impersonationsEnd, (call) => endSession(deps, callerOf(call), call.params.id)),
    implement(impersonationsCheck, (call) =>
      checkSession(database.pool, call.principal.serviceId, call.body.sessionId, clock.now()),
    ),
  ];
}

function callerOf(call: Call<typeof impersonationsStart> | Call<typeof impersonationsEnd>): SessionCaller {
  return {
    principal: call.principal,
    origin: call.origin,
    correlationId: call.origin.correlationId ?? newId(),
    address: call.address,
    userAgent: call.userAgent,
    write: (work) => call.write(work),
  };
}
