import type { Failure } from '@castellan/ui';
import { CallError } from './call.ts';

/** An error as pages show it: the one translator from problems to words. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof CallError))
    return { title: 'This page stopped working', fix: 'Reload it. If it happens again, tell your operator.' };
  return {
    title: error.status === 403 ? 'You may not see this' : error.message,
    fix: error.status === 403 ? whoMay(error.code) : (error.detail ?? error.fix),
    correlationId: error.correlationId,
    forbidden: error.status === 403,
  };
}

/** Which role would see what was refused. */
function whoMay(code: string): string {
  return code === 'operator_role_missing'
    ? 'An operator with a greater role for this service can see it; its owners give roles.'
    : 'An administrator of Castellan can see it.';
}
