import { expect, it } from 'vitest';
import { createGuessing } from './easy-to-guess.ts';

const isEasyToGuess = createGuessing();

it('common passwords, their variations, repetitions and keyboard rows are refused however long they are', () => {
  for (const password of [
    'password1234',
    'Password1234',
    'P@ssw0rd1234',
    'passwordpassword',
    'qwertyuiop12',
    '1qaz2wsx3edc4rfv',
    '123456789012',
    'aaaaaaaaaaaa',
    'letmeinletmein',
    'abcabcabcabcabc',
    'administrator1',
    'x'.repeat(256),
  ])
    expect(isEasyToGuess(password), password).toBe(true);
});

it('whose account it is makes a poor password: e-mail, name and service are known to guessers', () => {
  const about = ['ada.lovelace@example.com', 'Ada Lovelace', 'orders-portal'];
  for (const password of [
    'ada.lovelace@example.com',
    'Ada.Lovelace',
    'adalovelace',
    'Ada Lovelace',
    'orders-portal',
    'ordersportal',
    'orders-portal1',
    'castellan2026',
  ])
    expect(isEasyToGuess(password, about), password).toBe(true);
});

it('a few words that belong to nobody are good, in any script; nothing asks for kinds of characters', () => {
  for (const password of [
    'a long enough passphrase',
    'blue river lamp',
    'correct horse battery staple',
    'hundert grüne wiesen',
    'ひとりの静かな庭園の夜明け',
    'kqmzvuwhdpxy',
  ])
    expect(isEasyToGuess(password, ['ada@example.com', 'Ada']), password).toBe(false);
});

it('the longest password takes no time that other requests would feel', () => {
  const password = Array.from({ length: 256 }, (_, index) =>
    String.fromCharCode(33 + ((index * 37) % 90)),
  ).join('');
  isEasyToGuess('warmed up already');
  // Time of the processor: a busy machine makes the other kind longer.
  const before = process.cpuUsage();
  for (let turn = 0; turn < 5; turn++) isEasyToGuess(password);
  expect(process.cpuUsage(before).user / 5000).toBeLessThan(100);
});
