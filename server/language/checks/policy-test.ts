/** Cases of policy tests: their actions must say what is done, and signals given by hand be in the registry, with values of their type. */
import { readGiven } from '../../engine/backtest/index.ts';
import { amountIn, countedIn, showValue, signals, suggest } from '../../engine/documents/index.ts';
import { type SignalDeclaration, signalDeclarations } from '../../engine/policy/index.ts';
import { type Finding, isRecord, itemsAt, remembered, under } from './finding.ts';

const declarations = new Map<string, SignalDeclaration>(
  signalDeclarations.map((declared) => [declared.name, declared]),
);

const units = new Map<string, string | undefined>(
  signals.map((signal: { readonly name: string; readonly unit?: string }) => [signal.name, signal.unit]),
);

/** Findings in one case, from its own root. */
export const checkCase = remembered<Finding>((testCase) => {
  if (!isRecord(testCase)) return [];
  const given = isRecord(testCase.signals) ? testCase.signals : {};
  // A tool that a case describes by its signals needs no name.
  const isDescribed = Object.hasOwn(given, 'tool.name');
  const past = itemsAt(testCase, ['before']).flatMap((each, index) =>
    isRecord(each) ? under(['before', index, 'action'], checkAction(each.action, false)) : [],
  );
  return [...under(['action'], checkAction(testCase.action, isDescribed)), ...past, ...checkSignals(given)];
});

function checkAction(action: unknown, isDescribed: boolean): readonly Finding[] {
  if (!isRecord(action)) return [];
  const { type = 'tool' } = action;
  const hasTool = Object.hasOwn(action, 'tool');
  if (type === 'tool' && !hasTool && !isDescribed) {
    const message = 'this action says nothing of what is done';
    const help = 'write `tool:` and its name, or `type: message`, `model` or `resource`';
    return [{ code: 'meaning/action-without-tool', severity: 'error', path: [], message, help }];
  }
  if (type === 'tool' || !hasTool) return [];
  const message = `\`tool\` does nothing in an action of type ${showValue(type).replace('the text ', '')}`;
  const help = 'leave it out, or leave `type` out';
  const place = { path: ['tool'], on: 'key', tag: 'unnecessary' } as const;
  return [{ code: 'meaning/idle-key', severity: 'warning', ...place, message, help }];
}

function checkSignals(given: Readonly<Record<string, unknown>>): readonly Finding[] {
  return Object.entries(given).flatMap(([name, value]): Finding[] => {
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
    const unit = units.get(name);
    const message = expected === null ? problem.message : `\`${name}\` is ${countedIn(expected, unit)}`;
    const amount = typeof value === 'string' && unit !== undefined ? amountIn(value, unit) : null;
    const help = amount === null ? {} : { help: `write \`${amount}\`` };
    return [{ code: 'meaning/signal-value', severity: 'error', path: ['signals', name], message, ...help }];
  });
}

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
