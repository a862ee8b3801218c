export { dialectNamed, readWrittenValues, valueToWire } from './codecs.ts';
export { type CompiledList, compileList, type PrefixIndexes } from './compile-list.ts';
export { filterToSql, tableOf, visibleRows } from './conditions.ts';
export type { Total } from './count-rows.ts';
export { formatKey, parseKey } from './keys.ts';
export { type Labels, type Models, readLabels } from './labels.ts';
export { type Filter, type ListRequest, listBounds, readFilter, readListRequest } from './list-request.ts';
export {
  type FoundRow,
  type RowTexts,
  readAtOnce,
  readRow,
  readRows,
  toWire,
  versionOf,
} from './read-row.ts';
export { type ListOptions, type ListResult, runList } from './run-list.ts';
export { createSealer, type Sealer } from './sealer.ts';
export { type ReadValue, readWireValue, type ValueColumn, type ValuePurpose } from './wire-values.ts';
