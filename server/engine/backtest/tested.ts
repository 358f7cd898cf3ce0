/** Policies that are tried out: what they are written in together with what they are compiled to. */
import { type CompiledPolicy, compilePolicy, type PolicyProblem, type PolicySource } from '../policy/index.ts';

export interface TestedPolicy {
  readonly source: PolicySource;
  readonly compiled: CompiledPolicy;
}

/** Compiles a policy and keeps what it was made from; null when it has problems. */
export function testedPolicy(source: PolicySource): { value: TestedPolicy | null; problems: PolicyProblem[] } {
  const { value, problems } = compilePolicy(source);
  return { value: value === null ? null : { source, compiled: value }, problems };
}

/** The sources that policies are written in: their own and all that they include, each once, in order. */
export function sourcesOf(policies: readonly { readonly source: PolicySource }[]): PolicySource[] {
  const found = new Map<string, PolicySource>();
  const visit = (source: PolicySource): void => {
    const key = `${source.digest}/${source.policy.metadata.name}`;
    if (found.has(key)) return;
    found.set(key, source);
    for (const reference of source.policy.spec.include ?? []) {
      const included = source.include?.(reference);
      if (included) visit(included);
    }
  };
  for (const { source } of policies) visit(source);
  return [...found.values()];
}
