import type { Failure } from '@castellan/ui';
import { CallError } from './call.ts';

/** An error as pages show it: the one translator from problems to words. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof CallError))
    return { title: 'This page stopped working', fix: 'Reload it. If it happens again, tell your operator.' };
  return {
    title: error.status === 403 ? 'You may not see this' : error.message,
    fix: error.status === 403 ? 'An administrator of Castellan can see it.' : (error.detail ?? error.fix),
    correlationId: error.correlationId,
    forbidden: error.status === 403,
  };
}
