import { LivePrincipal as LivePrincipalSchema, SessionCheck } from '@castellan/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { liveAs } from '../../test/stand-in-issuer.ts';
import { readSessionChecks } from './session-answer.ts';

describe('the answer reader', () => {
  const wireForms = [
    { active: false, code: 'session_ended' },
    liveAs('owner')(
      `x.${Buffer.from(JSON.stringify({ sub: crypto.randomUUID(), sid: crypto.randomUUID(), wid: crypto.randomUUID(), aud: 'orders', email: 'a@b.c', name: '' })).toString('base64url')}.x`,
    ),
    liveAs()(
      `x.${Buffer.from(JSON.stringify({ sub: crypto.randomUUID(), sid: crypto.randomUUID(), aud: 'orders', email: 'a@b.c', name: 'Ada' })).toString('base64url')}.x`,
    ),
  ];
  wireForms.push({
    ...wireForms.at(-1)!,
    client_id: 'orders-web',
    scope: 'orders:read orders:write',
    actors: ['billing', 'reports'],
  });
  wireForms.push({
    ...wireForms.at(-1)!,
    act: { sub: 'ada', impersonation_session_id: 's', allow_writes: false },
  } as never);
  test('reads exactly what the contract’s schema reads', () => {
    for (const wire of wireForms)
      expect(readSessionChecks({ results: [wire] }, 1)).toEqual([z.decode(SessionCheck, wire as never)]);
    expect(Object.keys(LivePrincipalSchema.shapeOf).sort()).toEqual([
      'act',
      'active',
      'actors',
      'clientId',
      'email',
      'expiresAt',
      'kind',
      'name',
      'scope',
      'service',
      'sessionId',
      'userId',
      'workspaceId',
      'workspaceRole',
      'workspaceSlug',
    ]);
  });

  test('passes over members that a newer platform adds', () => {
    const wire = { ...wireForms[1], assurance: 'aal2' };
    expect(readSessionChecks({ results: [wire], took_ms: 1 }, 1)).toHaveLength(1);
  });
});
