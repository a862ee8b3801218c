import { expect, it } from 'vitest';
import { createRecordCounter } from './csv.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('records are counted across chunks; line breaks and doubled quotes inside quotes end none', () => {
  const count = createRecordCounter();
  expect(count(bytes('id,note\r\n1,"a\n'))).toBe(2);
  expect(count(bytes('b ""c"" \r\n d"\r\n2,'))).toBe(3);
  expect(count(bytes('x'))).toBe(3);
  expect(count(bytes('\r\n\r\n'))).toBe(3);
});

it('nothing is no record', () => {
  expect(createRecordCounter()(bytes(''))).toBe(0);
});
