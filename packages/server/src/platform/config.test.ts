import { describe, expect, it } from 'vitest';
import { ConfigurationError, readSettings } from './config.ts';

const complete = {
  PUBLIC_URL: 'https://id.example.com',
  ADMIN_URL: 'https://admin.example.com/',
  KEY_ENCRYPTION_SECRET: Buffer.alloc(32, 7).toString('base64'),
};
const problemsOf = (environment: Record<string, string>): string => {
  try {
    readSettings(environment);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
};

describe('the configuration is checked as a whole', () => {
  it('fills in defaults', () => {
    expect(readSettings(complete)).toMatchObject({
      PUBLIC_PORT: 9003,
      ADMIN_PORT: 9004,
      ADMIN_HOST: '127.0.0.1',
      COOKIE_SECURE: true,
      ADMIN_URL: 'https://admin.example.com',
    });
  });
  it('reports everything that is missing or wrong at once', () => {
    const text = problemsOf({
      PUBLIC_PORT: 'http',
      SMTP_URL: 'ftp://x',
      KEY_ENCRYPTION_SECRET: 'short',
      ADMIN_URL: 'https://x.example/path',
    });
    for (const name of [
      'PUBLIC_URL is not set',
      'ADMIN_URL',
      'KEY_ENCRYPTION_SECRET',
      'PUBLIC_PORT',
      'SMTP_URL',
    ])
      expect(text).toContain(name);
  });
  it('refuses a secret that is too short, and never prints it', () => {
    const text = problemsOf({ ...complete, KEY_ENCRYPTION_SECRET: 'c2VjcmV0LWNhbmFyeQ==' });
    expect(text).toContain('32 random bytes');
    expect(text).not.toContain('c2VjcmV0LWNhbmFyeQ');
  });
  it('refuses secure cookies over plain http, except on loopback', () => {
    expect(problemsOf({ ...complete, ADMIN_URL: 'http://admin.example.com' })).toContain('https://');
    expect(problemsOf({ ...complete, ADMIN_URL: 'http://localhost:9004' })).toBe('');
  });
  it('refuses a cookie that is not secure over https', () => {
    expect(problemsOf({ ...complete, COOKIE_SECURE: 'false' })).toContain('COOKIE_SECURE');
  });
  it('keeps addresses as browsers write an Origin, so that the console’s own writes are not refused', () => {
    const { ADMIN_URL, PUBLIC_URL } = readSettings({
      ...complete,
      ADMIN_URL: 'HTTPS://Admin.Example.com:443/',
      PUBLIC_URL: 'http://id.example.com:80',
    });
    expect([ADMIN_URL, PUBLIC_URL]).toEqual(['https://admin.example.com', 'http://id.example.com']);
  });
  it('refuses addresses with more than an origin', () => {
    for (const url of [
      'https://x.example/path',
      'https://x.example/?a',
      'https://x.example/#a',
      'https://u:p@x.example',
    ])
      expect(problemsOf({ ...complete, ADMIN_URL: url }), url).toContain('ADMIN_URL');
  });
  it('takes hosts and networks that may be fetched from, and names what is none', () => {
    const { OUTBOUND_ALLOW } = readSettings({
      ...complete,
      OUTBOUND_ALLOW: 'idp.internal, localhost,10.0.0.0/8,::1',
    });
    expect(OUTBOUND_ALLOW).toEqual(['idp.internal', 'localhost', '10.0.0.0/8', '::1']);
    for (const wrong of ['*.internal', 'http://idp.internal', '0.0.0.0/0', '10.1', 'loopback', 'a b'])
      expect(problemsOf({ ...complete, OUTBOUND_ALLOW: wrong }), wrong).toContain('OUTBOUND_ALLOW');
  });
  it('takes addresses and networks of proxies, and names what is neither', () => {
    const { TRUSTED_PROXIES } = readSettings({
      ...complete,
      TRUSTED_PROXIES: '10.0.0.7, 192.168.0.0/16,2001:db8::/32',
    });
    expect(TRUSTED_PROXIES).toEqual(['10.0.0.7', '192.168.0.0/16', '2001:db8::/32']);
    for (const wrong of [
      'proxy.example.com',
      '10.0.0.0/33',
      '10.0.0.0/',
      '0.0.0.0/0',
      '300.1.1.1',
      '10.0.0.0/8/8',
      'true',
      '1',
    ])
      expect(problemsOf({ ...complete, TRUSTED_PROXIES: wrong }), wrong).toContain('TRUSTED_PROXIES');
  });
});
