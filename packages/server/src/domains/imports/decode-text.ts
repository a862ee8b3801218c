import { setImmediate } from 'node:timers/promises';
import { importLimitBytes } from '@castellan/contract';
import { Refusal } from '../../platform/refusal.ts';

/** As much as is decoded and parsed before other requests get their turn. */
const sliceBytes = 64 * 1024;

/**
 * Decodes an upload while it arrives: UTF-8, or UTF-16 where a byte order mark says so. Line ends become `\n`, so that
 * files put together from several systems read the same everywhere.
 *
 * @throws Refusal `payload_too_large` as soon as more than 50 MB have arrived; `csv_unreadable` when it is not text
 */
export async function* decodeText(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const slices = sliced(bytes);
  const first = await firstBytes(slices);
  if (first.subarray(0, 4).equals(Buffer.from('PK\x03\x04')))
    throw unreadable('This is a spreadsheet file, not text. Save or export it as CSV and upload that.');
  const encoding = encodingOf(first);
  const decoder = new TextDecoder(encoding, { fatal: true });
  let heldReturn = '';
  const normalize = (decoded: string): string => {
    if (decoded.includes('\0'))
      throw unreadable('The file holds NUL characters, so it is not a text file. Export it as CSV again.');
    let text = heldReturn + decoded;
    // Whether a carriage return at the end begins a `\r\n` shows only in the next slice.
    heldReturn = text.endsWith('\r') ? '\r' : '';
    if (heldReturn) text = text.slice(0, -1);
    return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  };
  const decode = (slice?: Buffer): string => {
    try {
      return slice ? decoder.decode(slice, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw unreadable(
        `The file is not valid ${encoding === 'utf-8' ? 'UTF-8' : 'UTF-16'}. Save it as “CSV UTF-8” and upload it again.`,
        cause,
      );
    }
  };
  yield normalize(decode(first));
  for await (const slice of slices) {
    yield normalize(decode(slice));
    await setImmediate();
  }
  const last = normalize(decode());
  yield heldReturn ? `${last}\n` : last;
}

function unreadable(detail: string, cause?: unknown): Refusal {
  return new Refusal('csv_unreadable', { detail, cause });
}

function encodingOf(start: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

async function* sliced(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let received = 0;
  for await (const chunk of bytes) {
    received += chunk.length;
    if (received > importLimitBytes)
      throw new Refusal('payload_too_large', {
        detail: `An import may be ${importLimitBytes / 1024 / 1024} MB. Split the file and upload the parts.`,
      });
    for (let start = 0; start < chunk.length; start += sliceBytes)
      yield chunk.subarray(start, start + sliceBytes);
  }
}

/** At least the four bytes that tell what a file is, where it has as many. */
async function firstBytes(slices: AsyncGenerator<Buffer, void, undefined>): Promise<Buffer> {
  let first: Buffer = Buffer.alloc(0);
  while (first.length < 4) {
    const { value, done } = await slices.next();
    if (done) break;
    first = first.length === 0 ? value : Buffer.concat([first, value]);
  }
  return first;
}
