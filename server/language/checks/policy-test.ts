/** Cases of policy tests: signals given by hand must be in the registry, with values of their type. */
import { readGiven } from '../../engine/backtest/index.ts';
import { suggest } from '../../engine/documents/index.ts';
import { type SignalDeclaration, signalDeclarations } from '../../engine/policy/index.ts';
import { type Finding, isRecord, remembered } from './finding.ts';

const declarations = new Map<string, SignalDeclaration>(
  signalDeclarations.map((declared) => [declared.name, declared]),
);

/** Findings in one case, from its own root. */
export const checkCase = remembered<Finding>((testCase) => {
  if (!isRecord(testCase) || !isRecord(testCase.signals)) return [];
  return Object.entries(testCase.signals).flatMap(([name, value]): Finding[] => {
    const signal = declarations.get(name);
    if (signal === undefined) {
      const near = suggest(name, declarations.keys());
      const message = `there is no signal \`${name}\`${near === null ? '' : `; did you mean \`${near}\`?`}`;
      return [{ code: 'meaning/unknown-signal', severity: 'error', path: ['signals', name], on: 'key', message }];
    }
    // What a test run takes is right here, too: moments as text, `null`, what nobody knows.
    const [problem] = readGiven({ [name]: value }).problems;
    if (problem === undefined) return [];
    const expected = unmet(signal, value);
    const message = expected === null ? problem.message : `\`${name}\` is ${expected}`;
    return [{ code: 'meaning/signal-value', severity: 'error', path: ['signals', name], message }];
  });
});

/** What a signal's value would have to be, in words; null when `value` is that. */
function unmet(signal: SignalDeclaration, value: unknown): string | null {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY, values = [] } = signal;
  const range = maximum === Number.POSITIVE_INFINITY ? `, ${minimum} or more` : ` from ${minimum} to ${maximum}`;
  const inRange = typeof value === 'number' && value >= minimum && value <= maximum;
  switch (signal.type) {
    case 'integer':
      return inRange && Number.isInteger(value) ? null : `a whole number${range}`;
    case 'money':
      return inRange ? null : `an amount in US dollars${range}`;
    case 'boolean':
      return typeof value === 'boolean' ? null : '`true` or `false`';
    case 'tags':
      return Array.isArray(value) && value.every((tag) => typeof tag === 'string') ? null : 'a list of words';
    case 'enum':
      return values.some((known) => known === value)
        ? null
        : `one of ${values.map((each) => `\`${each}\``).join(', ')}`;
    case 'string':
      return typeof value === 'string' ? null : 'text';
  }
}
