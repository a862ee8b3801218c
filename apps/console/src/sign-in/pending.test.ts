import { expect, it } from 'vitest';
import { readPending } from './pending.ts';

it('reads what a provider’s way back brings, and nothing else', () => {
  expect(readPending('#mfa_token=amf_x&methods=totp%2Crecovery_code')).toEqual({
    mfaToken: 'amf_x',
    methods: ['totp', 'recovery_code'],
  });
  for (const hash of ['', '#', '#main', '#mfa_token=amf_x', '#methods=totp', '#mfa_token=amf_x&methods=sms'])
    expect(readPending(hash), hash).toBeUndefined();
});
