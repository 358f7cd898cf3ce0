/** A seeded mix of tools, rules, budgets and requests as a large organisation might have them. Makes documents; measures nothing. */
import type { Budget, Condition, Policy, Rule } from '../../../server/engine/documents/index.ts';
import type { ProposedAction, ToolDeclaration } from '../../../server/engine/kernel/index.ts';

export interface Workload {
  readonly policy: Policy;
  readonly requests: readonly ProposedAction[];
}

export const roles = ['assistant', 'clerk', 'operator', 'analyst'];
const tagWords = ['send', 'money', 'share', 'network', 'delete', 'personal', 'code', 'calendar', 'crm', 'print'];
const nouns = ['mail', 'invoice', 'file', 'ticket', 'order', 'contact', 'event', 'report', 'branch', 'refund'];
const verbs = ['read', 'list', 'send', 'pay', 'delete', 'update', 'share', 'run'];
const kinds = { read: 'read', list: 'read', run: 'execute' } as const;
const windows = [
  { days: ['mon-fri'], from: '09:00', to: '17:00', zone: 'Europe/Berlin' },
  { days: ['sat-sun'], zone: 'America/New_York' },
  { from: '22:00', to: '06:00', zone: 'Asia/Tokyo' },
  { days: ['fri'], from: '16:00', to: '02:00' },
];

/** mulberry32: small, seeded, good enough to pick with. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function workload(rules: number, requests: number, seed = 7): Workload {
  const next = random(seed);
  const below = (count: number) => Math.floor(next() * count);
  const one = <T>(items: readonly [T, ...T[]] | readonly T[]): T => items[below(items.length)] as T;
  const some = <T>(items: readonly T[], most: number): T[] => [
    ...new Set(Array.from({ length: 1 + below(most) }, () => one(items))),
  ];
  const domain = () => `company-${below(rules + 20)}.example`;

  const tools = Array.from({ length: 40 + Math.ceil(rules / 20) }, (_, index): ToolDeclaration => {
    const verb = verbs[index % verbs.length] ?? 'read';
    const kind = kinds[verb as keyof typeof kinds] ?? 'write';
    return {
      name: `${verb}_${one(nouns)}_${index}`,
      description: 'A tool.',
      kind,
      risk: kind === 'read' ? below(3) : below(6),
      cost: below(5) / 100,
      tags: some(tagWords, 3),
      ...(kind !== 'read' && { targets: ['/to'] }),
      input: { type: 'object' },
    };
  });

  const toolNames = tools.map(({ name }) => name);
  const condition = (): Pick<Rule, 'when' | 'unless' | 'during' | 'scope'> => {
    const dice = next();
    if (dice < 0.35)
      return {
        when: { 'tool.name': some(toolNames, 3), 'tool.risk': { atLeast: below(4) }, ...(dice < 0.1 && late()) },
      };
    if (dice < 0.5) return { when: { 'tool.tags': { allOf: some(tagWords, 3) }, 'agent.role': one(roles), ...late() } };
    if (dice < 0.65) return { when: { 'target.domains': { anyOf: [domain(), domain()] } } };
    if (dice < 0.75) return { when: late() };
    if (dice < 0.83) return { when: { 'tool.name': `${one(verbs)}_${one(nouns)}_*`, 'tool.cost': { atLeast: 0.03 } } };
    if (dice < 0.9) return { when: { 'tool.kind': one(['write', 'execute']), ...late() }, during: one(windows) };
    if (dice < 0.95)
      return { scope: { roles: some(roles, 2), tags: [one(tagWords)] }, when: { 'tool.risk': 5 }, unless: late() };
    return {
      when: { 'tool.name': some(toolNames, 2) },
      unless: { 'target.domains': { only: Array.from({ length: 5 }, domain) } },
    };
  };
  /** Something that is seldom so. */
  const late = (): Condition =>
    one<Condition>([
      { 'trial.failures': { atLeast: 3 + below(50) } },
      { 'trial.consecutiveFailures': { atLeast: 3 + below(20) } },
      { 'trial.denials': { atLeast: 50_000 + below(5_000) } },
      { 'run.cost': { atLeast: 2_000 + below(1000) } },
      { 'agent.steps': { atLeast: 50_000 + below(100_000) } },
      { 'trial.sameToolCalls': { atLeast: 2_000 + below(1000) } },
    ]);
  const effect = () => one(['deny', 'deny', 'deny', 'ask', 'allow', 'allow', 'halt'] as const);
  const budget = (id: string, more: Partial<Budget>): Budget => ({ id, unit: 'calls', limit: 1e9, ...more });

  return {
    policy: {
      apiVersion: 'assay/v1',
      kind: 'Policy',
      metadata: { name: 'organisation' },
      spec: {
        default: 'allow',
        validFrom: '2026-01-01',
        budgets: [
          budget('spend', { unit: 'usd', per: 'run' }),
          budget('own-spend', { unit: 'usd', per: 'agent', parent: 'spend' }),
          budget('sends', { when: { 'tool.tags': 'send' }, per: 'agent', window: '1h' }),
          budget('payments', {
            when: { 'tool.tags': 'money', 'tool.risk': { atLeast: 3 } },
            per: 'workspace',
            window: '1d',
          }),
          budget('steps', { unit: 'steps' }),
        ],
        rules: Array.from({ length: rules }, (_, index) => {
          const about = condition();
          // What ends a trial is rarer than what one of a thousand requests may set off.
          const strength = about.when && 'target.domains' in about.when ? 'deny' : effect();
          return {
            id: `rule-${index}`,
            effect: strength === 'halt' && !isRare(about.when) ? 'deny' : strength,
            ...about,
            reason: `This is what paragraph ${index} of the handbook says.`,
          };
        }),
      },
    },
    requests: Array.from({ length: requests }, (): ProposedAction => {
      const tool = one(tools);
      return { type: 'tool', tool, input: { to: [`person@${domain()}`] } };
    }),
  };
}

const isRare = (when: Condition | undefined): boolean => when !== undefined && 'trial.failures' in when;
