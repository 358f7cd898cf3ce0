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
export declare const Policy_budgets: Validate;
export declare const Policy_rules: Validate;
export declare const Policy_patterns: Validate;
export declare const Policy_frame: Validate;
export declare const PolicyTest: Validate;
export declare const PolicyTest_cases: Validate;
export declare const PolicyTest_frame: Validate;
export declare const Preset: Validate;
export declare const Preset_budgets: Validate;
export declare const Preset_nodes: Validate;
export declare const Preset_frame: Validate;
export declare const Capsule: Validate;
export declare const Capsule_workflow: Validate;
export declare const Capsule_presets: Validate;
export declare const Capsule_policies: Validate;
export declare const Capsule_personas: Validate;
export declare const Capsule_permissions: Validate;
export declare const Capsule_recordings: Validate;
export declare const Capsule_frame: Validate;
export declare const Experiment: Validate;
export declare const Experiment_variants: Validate;
export declare const Experiment_frame: Validate;
export declare const Environment: Validate;
export declare const Environment_tools: Validate;
export declare const Environment_frame: Validate;
export declare const TaskSet: Validate;
export declare const TaskSet_tasks: Validate;
export declare const TaskSet_frame: Validate;
