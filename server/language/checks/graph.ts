/** Presets as graphs and workflows as orders: nodes that nothing leads to, ways that never end, steps that wait for each other. */
import { type Finding, isRecord, remembered, textOf } from './finding.ts';

/** The key that makes a node of a type do something. */
const neededKeys = new Map<string, readonly string[]>([
  ['tool', ['tool']],
  ['plan', ['prompt']],
  ['ask', ['prompt']],
  ['check', ['when']],
  ['wait', ['for']],
]);
/** Keys that only some types read. */
const readers = new Map<string, readonly string[]>([
  ['tool', ['tool']],
  ['input', ['tool']],
  ['prompt', ['plan', 'ask']],
  ['when', ['check']],
  ['for', ['wait']],
  ['else', ['check']],
  ['next', ['plan', 'tool', 'ask', 'check', 'wait']],
  ['answer', ['end']],
]);

/** The keys that a node of a type must have, and those that would do nothing there; null for a type that is not known. */
export function nodeKeys(
  type: string,
): { readonly needed: readonly string[]; readonly idle: ReadonlySet<string> } | null {
  const own = neededKeys.get(type);
  if (own === undefined && type !== 'end') return null;
  const idle = [...readers].flatMap(([key, types]) => (types.includes(type) ? [] : [key]));
  const ways = ['next', 'else'].filter((key) => !idle.includes(key));
  return { needed: [...(own ?? []), ...ways], idle: new Set(idle) };
}

/** Findings in one node that need no other, from the node's own root. */
const checkNode = remembered<Finding>((node) => {
  const type = textOf(node, 'type');
  if (!isRecord(node) || type === null || (type !== 'end' && !neededKeys.has(type))) return [];
  const findings: Finding[] = [];
  for (const key of neededKeys.get(type) ?? [])
    if (!Object.hasOwn(node, key)) {
      const message = `a node of type \`${type}\` needs the key \`${key}\``;
      findings.push({ code: 'meaning/node-without-key', severity: 'warning', path: ['type'], message });
    }
  if (type === 'check' && !Object.hasOwn(node, 'else')) {
    const message = 'nothing is said for when the condition does not hold; write `else:` and a node';
    findings.push({ code: 'meaning/check-without-else', severity: 'warning', path: ['type'], message });
  }
  if (type !== 'end' && !Object.hasOwn(node, 'next')) {
    const message = 'this node leads nowhere; write `next:` and a node, or make it `type: end`';
    findings.push({ code: 'meaning/dead-end', severity: 'warning', path: ['type'], message });
  }
  for (const [key, types] of readers)
    if (Object.hasOwn(node, key) && !types.includes(type)) {
      const message = `\`${key}\` does nothing on a node of type \`${type}\``;
      const help = `it is for ${types.map((each) => `\`${each}\``).join(', ')}`;
      const place = { path: [key], on: 'key', tag: 'unnecessary' } as const;
      findings.push({ code: 'meaning/idle-key', severity: 'warning', ...place, message, help });
    }
  return findings;
});

/** Findings in each node of a preset, from the root of the list. */
export function checkNodes(nodes: readonly unknown[]): readonly Finding[] {
  return nodes.flatMap((node, index) =>
    checkNode(node).map((finding) => ({ ...finding, path: [index, ...finding.path] })),
  );
}

/** Findings in how the nodes hang together, from the root of the list. `start` is null when the first node begins. */
export function checkGraph(nodes: readonly unknown[], start: string | null): readonly Finding[] {
  if (nodes.length === 0) return [];
  const ids = nodes.map((node) => textOf(node, 'id'));
  const byId = new Map<string, number>();
  for (const [index, id] of ids.entries()) if (id !== null && !byId.has(id)) byId.set(id, index);
  const first = start === null ? 0 : byId.get(start);
  // An unknown start, or one id twice, is told elsewhere, and what it would lead to is anyone's guess.
  if (first === undefined || byId.size !== nodes.length) return [];
  const targets = nodes.map((node) => [textOf(node, 'next'), textOf(node, 'else')].filter((id) => id !== null));
  const reached = walk([first], (index) => (targets[index] ?? []).flatMap((id) => byId.get(id) ?? []));
  const unreached = nodes.flatMap((_, index): Finding[] => {
    if (reached.has(index)) return [];
    const message = `no way leads from \`${ids[first]}\` to this node`;
    return [
      { code: 'meaning/unreachable-node', severity: 'warning', path: [index, 'id'], message, tag: 'unnecessary' },
    ];
  });
  return [...unreached, ...endless(nodes, ids, targets, byId, reached)];
}

/** Nodes that are reached and from which no way ends. Each knot is told once, at its first node. */
function endless(
  nodes: readonly unknown[],
  ids: readonly (string | null)[],
  targets: readonly (readonly string[])[],
  byId: ReadonlyMap<string, number>,
  reached: ReadonlySet<number>,
): readonly Finding[] {
  const before = new Map<number, number[]>();
  const ends: number[] = [];
  for (const index of nodes.keys()) {
    const next = targets[index] ?? [];
    // A way out of the document, to a node that is not there yet, may end.
    if (next.length === 0 || next.some((id) => !byId.has(id)) || textOf(nodes[index], 'type') === 'end')
      ends.push(index);
    for (const id of next) {
      const target = byId.get(id);
      if (target === undefined) continue;
      const sources = before.get(target);
      if (sources === undefined) before.set(target, [index]);
      else sources.push(index);
    }
  }
  const ending = walk(ends, (index) => before.get(index) ?? []);
  const stuck = [...nodes.keys()].filter((index) => reached.has(index) && !ending.has(index));
  const told = new Set<number>();
  return stuck.flatMap((index): Finding[] => {
    const knot = walk([index], (at) => (targets[at] ?? []).flatMap((id) => byId.get(id) ?? []));
    if (told.has(index)) return [];
    for (const member of knot) told.add(member);
    const way = [...knot].map((member) => `\`${ids[member]}\``);
    const shown = way.length > 6 ? `${way.slice(0, 6).join(', ')}, …` : way.join(', ');
    const message = `from here no way leads to an end: ${shown}`;
    const help = 'let one of them lead to a node of `type: end`';
    return [{ code: 'meaning/endless-cycle', severity: 'warning', path: [index, 'id'], message, help }];
  });
}

function walk(from: readonly number[], next: (index: number) => readonly number[]): ReadonlySet<number> {
  const seen = new Set(from);
  const open = [...from];
  for (let index = open.pop(); index !== undefined; index = open.pop())
    for (const target of next(index))
      if (!seen.has(target)) {
        seen.add(target);
        open.push(target);
      }
  return seen;
}

/** Steps of a workflow that wait for themselves, from the root of the list: each circle once, where it closes. */
export function checkWorkflow(steps: readonly unknown[]): readonly Finding[] {
  const byId = new Map<string, number>();
  for (const [index, step] of steps.entries()) {
    const id = textOf(step, 'id');
    if (id !== null && !byId.has(id)) byId.set(id, index);
  }
  const needsOf = (index: number): readonly unknown[] => {
    const step = steps[index];
    return isRecord(step) && Array.isArray(step.needs) ? step.needs : [];
  };
  const findings: Finding[] = [];
  const done = new Set<number>();
  for (const root of steps.keys()) {
    // Depth first without recursion: a workflow may be longer than the stack is deep.
    const way: { index: number; need: number }[] = [{ index: root, need: 0 }];
    const onWay = new Set([root]);
    while (way.length > 0 && !done.has(root)) {
      const here = way.at(-1);
      if (here === undefined) break;
      const needs = needsOf(here.index);
      if (here.need >= needs.length) {
        done.add(here.index);
        onWay.delete(here.index);
        way.pop();
        continue;
      }
      const place = here.need++;
      const need = needs[place];
      const target = typeof need === 'string' ? byId.get(need) : undefined;
      if (target === undefined || done.has(target)) continue;
      if (!onWay.has(target)) {
        onWay.add(target);
        way.push({ index: target, need: 0 });
        continue;
      }
      const circle = way.slice(way.findIndex(({ index }) => index === target));
      const names = circle.map(({ index }) => `\`${textOf(steps[index], 'id')}\``);
      const message =
        circle.length === 1
          ? 'a step cannot need itself'
          : `these steps wait for each other: ${[...names, names[0]].join(' → ')}`;
      const help = 'take one of them out of `needs`';
      findings.push({
        code: 'meaning/step-cycle',
        severity: 'error',
        path: [here.index, 'needs', place],
        message,
        ...(circle.length > 1 && { help }),
      });
    }
  }
  return findings;
}
