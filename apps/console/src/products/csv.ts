/** Counts the records of CSV as its bytes come: a line break inside quotes ends none. */
export function createRecordCounter(): (bytes: Uint8Array) => number {
  let records = 0;
  let isQuoted = false;
  let hasContent = false;
  return (bytes) => {
    for (const byte of bytes) {
      if (byte === 0x22) isQuoted = !isQuoted;
      if (byte === 0x0a && !isQuoted) {
        if (hasContent) records++;
        hasContent = false;
      } else if (byte !== 0x0d) hasContent = true;
    }
    return records + (hasContent ? 1 : 0);
  };
}
