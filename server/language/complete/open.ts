/** Mappings and lists behind a key that has no value yet: their keys and items on the next line, or brackets on this one. */
import { alternatives, itemsOf, propertiesOf, type Schema } from '../../engine/documents/index.ts';
import { type Surroundings, signalAt } from '../surroundings.ts';
import type { Cursor } from './cursor.ts';
import { type Completion, orderOf, spaceOf } from './item.ts';
import { completeKeysOf, flowBody } from './keys.ts';
import { snippetsAt } from './snippets.ts';

/** What begins a mapping or a list where the cursor stands; none for tests of signals, which have comparators. */
export function completeOpening(schema: Schema, cursor: Cursor, { kind, source }: Surroundings): readonly Completion[] {
  if (cursor.quote !== '' || signalAt(cursor.path) !== null) return [];
  const branches = alternatives(schema);
  const mapping = branches.find(({ type }) => type === 'object');
  const list = branches.find(({ type }) => type === 'array');
  const flow = [mapping, list].flatMap((branch) => (branch === undefined ? [] : bracketsOf(branch, cursor)));
  if (cursor.flow || typeof cursor.path.at(-1) === 'number') return flow;
  const inner = { ...cursor, hang: cursor.hang + 2, needsSpace: false, present: new Set<string>(), hasColon: false };
  const keys = mapping === undefined ? [] : completeKeysOf(mapping, inner);
  const snippets =
    list === undefined
      ? []
      : snippetsAt(kind, [...cursor.path, 0], { ...inner, hang: inner.hang + 2 }).map((each) => ({
          ...each,
          insert: `- ${each.insert}`,
        }));
  const below = [...(list === undefined ? [] : dash(list, cursor)), ...snippets, ...keys];
  return [...below.map((each) => onNextLine(each, cursor, source.text)), ...flow];
}

/** The space before the cursor goes, so that no line ends in one. */
function onNextLine(completion: Completion, { span, hang }: Cursor, text: string): Completion {
  const gap = /[ \t]*$/.exec(text.slice(Math.max(0, span.start - 100), span.start))?.[0].length ?? 0;
  return {
    ...completion,
    insert: `\n${' '.repeat(hang + 2)}${completion.insert}`,
    span: { start: span.start - gap, end: span.end },
  };
}

function bracketsOf(branch: Schema, cursor: Cursor): readonly Completion[] {
  const isList = branch.type === 'array';
  if (isList ? itemsOf(branch) === null : propertiesOf(branch).size === 0) return [];
  const stops = { next: 1 };
  const body = flowBody(branch, stops, 0, cursor);
  return [
    {
      label: isList ? '[ ]' : '{ }',
      kind: 'value',
      insert: `${spaceOf(cursor)}${body}${stops.next === 1 ? '' : '$0'}`,
      span: cursor.span,
      detail: 'on this line',
      order: orderOf(cursor.flow ? 'value' : 'later', 0),
      continues: stops.next === 1,
    },
  ];
}

function dash(list: Schema, cursor: Cursor): readonly Completion[] {
  const items = itemsOf(list);
  if (items === null) return [];
  const documentation = items.markdownDescription ?? items.description ?? '';
  const detail = 'a new item';
  return [
    {
      label: '- ',
      kind: 'value',
      insert: '- $0',
      span: cursor.span,
      detail,
      documentation,
      order: '00000',
      continues: true,
    },
  ];
}
