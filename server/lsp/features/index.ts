/** All features that answer requests about open files, in no particular order. */
import { completion } from './completion.ts';
import { definitions } from './definition.ts';
import type { Feature } from './feature.ts';
import { highlight } from './highlight.ts';
import { hover } from './hover.ts';
import { lenses } from './lenses.ts';
import { links } from './links.ts';
import { references } from './references.ts';
import { rename } from './rename.ts';
import { symbols } from './symbols.ts';

export const features: readonly Feature[] = [
  completion,
  definitions,
  highlight,
  hover,
  lenses,
  links,
  references,
  rename,
  symbols,
];
export type { Feature, Session } from './feature.ts';
