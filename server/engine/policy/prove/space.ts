/** The axes of all boxes: one for each signal of the registry, with the sets that its type has. */
import { signals as registry } from '../../documents/index.ts';
import { type SignalDeclaration, signalDeclarations } from '../signal.ts';
import { Axis } from './domain.ts';
import { finite } from './finite.ts';
import { type Intervals, numbersWithin } from './numbers.ts';
import { type StringSet, strings } from './strings.ts';
import { type TagSet, tags } from './tags.ts';

export type SignalAxis =
  | { readonly type: 'finite'; readonly values: readonly unknown[]; readonly axis: Axis<bigint> }
  | { readonly type: 'number'; readonly axis: Axis<Intervals> }
  | { readonly type: 'text'; readonly axis: Axis<StringSet> }
  | { readonly type: 'tags'; readonly axis: Axis<TagSet> };

/** Of addresses one is better a stranger than nobody. */
const strangers: Readonly<Record<string, readonly string[]>> = {
  'target.ids': ['someone@stranger.example'],
  'target.domains': ['stranger.example'],
};

/** By place in the registry. Domains of two spaces are strangers to each other. */
export type Space = readonly SignalAxis[];

export const createSpace = (): Space => signalDeclarations.map(axisOf);

function axisOf(signal: SignalDeclaration): SignalAxis {
  const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = signal;
  switch (signal.type) {
    case 'enum':
      return finiteAxis(signal.values ?? []);
    case 'boolean':
      return finiteAxis([false, true]);
    case 'integer':
    case 'money':
      return { type: 'number', axis: new Axis(numbersWithin(minimum, maximum)) };
    case 'string':
      return { type: 'text', axis: new Axis(strings) };
    case 'tags':
      return { type: 'tags', axis: new Axis(tags) };
  }
}

export const finiteAxis = (values: readonly unknown[]) =>
  ({ type: 'finite', values, axis: new Axis(finite(values)) }) as const;

/** How many domains a space holds: it only ever grows. */
export const sizeOf = (space: Space): number => space.reduce((sum, { axis }) => sum + axis.size, 0);

/** What to take for a signal in a witness where nothing speaks against it, by place in the registry. */
export const wishes: readonly (readonly unknown[])[] = registry.map((signal) => {
  switch (signal.type) {
    case 'integer':
    case 'money':
      // As small as it can be.
      return [];
    case 'tags':
      return [[], ...(strangers[signal.name] ?? []), ...signal.examples.flat()];
    default:
      return signal.examples;
  }
});
