import type { OperatorRole } from '@castellan/contract';

/** How one action is gated, where that is not as usual (A10). */
export interface ActionGate {
  /** The least role of an operator. */
  readonly minRole?: OperatorRole;
  /** A second operator has to say yes to exactly this call (A20). */
  readonly needsApproval?: boolean;
}

/** What is otherwise about one model than its defaults say (A8). It never brings a redacted field back. */
export interface ModelOverrides {
  readonly label?: string;
  readonly labelPlural?: string;
  /** The field that names a row among others. */
  readonly labelField?: string;
  readonly listFields?: readonly string[];
  readonly searchFields?: readonly string[];
  /** `email asc`, or the two apart. */
  readonly defaultSort?: string | { readonly field: string; readonly direction: 'asc' | 'desc' };
  /** By name: `create`, `read`, `update`, `delete`, `list`, `bulk_run`, or that of a custom action. */
  readonly actions?: Readonly<Record<string, ActionGate>>;
}

type FieldsByModel = Readonly<Record<string, readonly string[]>>;

/** Which models of a product an operator can reach, and how. Fields are named as the model or the table names them. */
export interface AdminModelOptions {
  /** Names of models; or, where a service of another name is the same thing, `{Order: 'orders'}`: shown name to the ORM's. */
  readonly expose: readonly string[] | Readonly<Record<string, string>>;
  /** Hidden beside those that their names hide. */
  readonly redactFields?: FieldsByModel;
  /** Fields that only look secret by their names and are not: shown from then on. Those that A7 always hides stay so. */
  readonly acknowledgeNotSecret?: FieldsByModel;
  /** Shown and never written. */
  readonly denyEditFields?: FieldsByModel;
  readonly denyDelete?: readonly string[];
  readonly overrides?: Readonly<Record<string, ModelOverrides>>;
}
