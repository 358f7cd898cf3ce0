/** All features that answer requests about open files, in no particular order. */
import { completion } from './completion.ts';
import type { Feature } from './feature.ts';
import { hover } from './hover.ts';
import { lenses } from './lenses.ts';

export const features: readonly Feature[] = [completion, hover, lenses];
export type { Feature, Session } from './feature.ts';
