/** Generated from schemas/ by scripts/generate.ts. Do not edit. */
export interface SchemaError {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}
export interface Validate {
  (value: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}
export declare const Policy: Validate;
export declare const PolicyTest: Validate;
export declare const Preset: Validate;
export declare const Capsule: Validate;
export declare const Experiment: Validate;
export declare const Environment: Validate;
export declare const TaskSet: Validate;
