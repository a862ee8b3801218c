export type { Obstacle, ObstacleKind } from './begin.ts';
export type { Criterion } from './criterion.ts';
export { type Issuer, type SigningKey, startIssuer, type TokenParts } from './issuer.ts';
export type { ActorProbe, ProductOptions } from './product.ts';
export { formatJudgement, formatTotals } from './report.ts';
export {
  CanNotBegin,
  type ContractOptions,
  type ContractReport,
  criteria,
  type Judgement,
  runContract,
} from './run.ts';
