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
export declare const toolInfo: Validate;
export declare const trialStart: Validate;
export declare const propose: Validate;
export declare const actionResult: Validate;
export declare const trialFinish: Validate;
export declare const environmentOpen: Validate;
export declare const toolCall: Validate;
export declare const toolResult: Validate;
export declare const grade: Validate;
