/** Texts that policies look for in observations. Which texts an observation has is the kernel's business. */
import { likeOneOf } from './evaluate.ts';
import type { Report } from './problem.ts';

export interface CompiledPattern {
  /** Unique among policies: the policy's name, `/`, and the pattern's own. */
  readonly id: string;
  /** Whether it is found in `text`. Upper and lower case are the same. */
  readonly matches: (text: string) => boolean;
}

export function compilePatterns(
  policy: string,
  patterns: readonly { readonly id: string; readonly match: readonly string[] }[],
  report: Report,
): CompiledPattern[] {
  return patterns.map(({ id, match }, index) => {
    for (const [at, text] of match.entries())
      if (text.slice(1, -1).includes('*'))
        report(
          'policy/misplaced-glob',
          ['spec', 'patterns', index, 'match', at],
          `\`*\` stands in the middle of \`${text}\``,
          'put `*` at the beginning or the end',
        );
    const like = likeOneOf(match.map((text) => text.toLowerCase()));
    return { id: `${policy}/${id}`, matches: (text) => like(text.toLowerCase()) };
  });
}
