/** Checks tool inputs against the JSON Schemas that an environment declares. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface ToolSchema {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

export interface ToolInputs {
  /** What is wrong with `input`, or null. */
  check(tool: ToolSchema, input: unknown): string | null;
}

/** Compiles all schemas at once; `problems` names the tools whose schema is none, and those refuse every input. */
export function compileToolInputs(tools: Iterable<ToolSchema>): { inputs: ToolInputs; problems: readonly string[] } {
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
  const validators = new Map<string, ValidateFunction>();
  const problems: string[] = [];
  for (const { name, input } of tools) {
    try {
      validators.set(name, ajv.compile(input));
    } catch (error) {
      problems.push(
        `the input schema of the tool \`${name}\` is not valid: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  return { inputs: { check: (tool, input) => check(validators.get(tool.name), input) }, problems };
}

function check(validate: ValidateFunction | undefined, input: unknown): string | null {
  if (validate === undefined) return 'the tool has no valid input schema';
  if (validate(input)) return null;
  const faults = (validate.errors ?? []).slice(0, 3).map(({ instancePath, message, params }) => {
    const place = instancePath === '' ? 'the input' : `\`${instancePath.slice(1).replaceAll('/', '.')}\``;
    const extra = typeof params.additionalProperty === 'string' ? ` (\`${params.additionalProperty}\`)` : '';
    return `${place} ${message}${extra}`;
  });
  return faults.join('; ');
}
