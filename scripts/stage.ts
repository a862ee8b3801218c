/** Counts of one stage. A gate counts as one test; a suite counts its tests. */
export interface StageOutcome {
  readonly passed: number;
  readonly failed: number;
  /** Said after the stage's line; the reason of a failure. */
  readonly note?: string;
}

/** What a stage is told. */
export interface StageContext {
  /** Only tests whose path contains one of these; all when empty. */
  readonly paths: readonly string[];
  /** Names of stages that failed before this one. */
  readonly failedStages: ReadonlySet<string>;
  /** Where a skipped suite is a failure, because nobody reads its line. */
  readonly isContinuousIntegration: boolean;
}

/** One part of `npm test`. */
export interface Stage {
  readonly name: string;
  readonly purpose: string;
  /** It says nothing before its end and leaves the cores idle in turns: stages in a row that are so run at a time. */
  readonly isGate?: boolean;
  run(context: StageContext): Promise<StageOutcome>;
}
