import { describe, expect, it } from 'vitest';
import { momentText, timeAgo } from './account-times.ts';
import { accountTexts } from './messages/account.ts';
import { deviceInWords, placeInWords } from './sessions-device.ts';

const texts = accountTexts('en');

describe('devices and places in words', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
      'Safari on Mac',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1',
      'Chrome on iPhone',
    ],
    [
      'Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iPad',
    ],
    [
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36',
      'Chrome on Android',
    ],
    [
      'Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36',
      'Samsung Internet on Android',
    ],
    [
      'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
      'Chrome on ChromeOS',
    ],
    ['curl/8.9.1', 'curl'],
    ['orders-cli/2.1 node', 'orders-cli'],
    ['<script>alert(1)</script>', 'An unknown device'],
    ['Mozilla/5.0', 'An unknown device'],
    ['', 'An unknown device'],
    [null, 'An unknown device'],
  ])('%s', (userAgent, words) => {
    expect(deviceInWords(texts, userAgent)).toBe(words);
  });

  it.each([
    ['127.0.0.1', 'this computer'],
    ['::ffff:127.0.0.1', 'this computer'],
    ['::1', 'this computer'],
    ['192.168.7.20', 'your own network, 192.168.7.20'],
    ['172.20.1.1', 'your own network, 172.20.1.1'],
    ['fd00::5', 'your own network, fd00::5'],
    ['203.0.113.7', 'address 203.0.113.7'],
    ['172.32.0.1', 'address 172.32.0.1'],
    ['2001:db8::1', 'address 2001:db8::1'],
    [null, 'unknown address'],
  ])('%s', (address, words) => {
    expect(placeInWords(texts, address)).toBe(words);
  });

  it('how long ago is said in words that need no time zone; a clock that is behind says now', () => {
    const now = new Date('2026-11-21T12:00:00Z');
    const before = (seconds: number) => timeAgo('en', new Date(now.getTime() - seconds * 1000), now);
    expect([-5, 20, 60, 7200, 86_400, 8 * 86_400, 400 * 86_400].map(before)).toEqual([
      'now',
      'now',
      '1 minute ago',
      '2 hours ago',
      'yesterday',
      'last week',
      'last year',
    ]);
    expect(timeAgo('de', new Date('2026-11-21T10:00:00Z'), now)).toBe('vor 2 Stunden');
    expect(momentText('en', now)).toBe('21 Nov 2026, 12:00 UTC');
  });
});
