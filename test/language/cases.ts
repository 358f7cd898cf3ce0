/** Texts with a `$0` for the cursor, and headers of documents to save writing them in every case. */

export function atCursor(marked: string): { readonly text: string; readonly offset: number } {
  const offset = marked.indexOf('$0');
  if (offset < 0) throw new Error('the case has no `$0`');
  return { text: marked.slice(0, offset) + marked.slice(offset + 2), offset };
}

const head = (kind: string) => `apiVersion: assay/v1\nkind: ${kind}\nmetadata: { name: x }\nspec:\n`;
export const policy = (spec: string) => head('Policy') + spec;
export const experiment = (spec: string) => head('Experiment') + spec;
export const preset = (spec: string) => head('Preset') + spec;
export const environment = (spec: string) => head('Environment') + spec;
export const capsule = (spec: string) => head('Capsule') + spec;
export const policytest = (spec: string) => head('PolicyTest') + spec;
export const taskset = (spec: string) => head('TaskSet') + spec;
