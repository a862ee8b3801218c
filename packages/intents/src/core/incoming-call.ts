import type { AdminMachinePart } from './admin-machine.ts';
import type { PlainCall } from './plain-call.ts';
import type { IntentContext } from './service.ts';

/** What a surface knows of a call when it asks who calls. */
export interface IncomingCall extends Pick<PlainCall, 'method' | 'header'> {
  /** The web's request, made where it is asked for. Its body is read: see `bodyText`. */
  readonly request: Request;
  readonly context: IntentContext;
  /** The body as text: as UTF-8 it is the very bytes that came. Empty where there is none, or none was read yet (MCP). */
  readonly bodyText: string;
  /** What was added to the admin-machine surface, at calls of that one. */
  readonly adminMachine: AdminMachinePart | undefined;
}

/** The call as `getUser` is given it. */
export function incomingCall(
  call: PlainCall,
  context: IntentContext,
  bodyText: string,
  adminMachine: AdminMachinePart | undefined,
): IncomingCall {
  return {
    method: call.method,
    header: call.header,
    get request() {
      return call.request;
    },
    context,
    bodyText,
    adminMachine,
  };
}
