export { readWrittenValues } from './codecs.ts';
export { formatKey, parseKey } from './keys.ts';
export { readLabels } from './labels.ts';
export { type FoundRow, readRow, readRows } from './read-row.ts';
export { type ListResult, runList } from './run-list.ts';
export { createSealer, type Sealer } from './sealer.ts';
