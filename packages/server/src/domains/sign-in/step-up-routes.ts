import { stepUpPasskeyOptions, stepUpProve, stepUpRead } from '@castellan/contract';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import { readStepUp, type StepUpDeps, stepUp, stepUpOptions } from './step-up.ts';

/** Operators who prove again who they are, before what needs it. */
export function stepUpRoutes(deps: StepUpDeps): Implementation[] {
  return [
    implement(stepUpRead, (call) => readStepUp(deps, call.principal)),
    implement(stepUpPasskeyOptions, async (call) => ({
      // What the options are is for the browser to read: its own JSON, which the contract does not describe.
      options: { ...(await stepUpOptions(deps, call.principal)) },
    })),
    implement(stepUpProve, async (call) => ({
      freshUntil: await stepUp(deps, call.origin, call.principal, {
        proof: call.body,
        address: call.address,
      }),
    })),
  ];
}
