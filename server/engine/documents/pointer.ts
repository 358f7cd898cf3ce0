/** JSON Pointers (RFC 6901) as steps from the root. */

/** The keys and indices on the way, as they are meant: `/a~1b/0` is `a/b` and `0`. */
export const stepsOfPointer = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** Whether a step chooses an item of a list. */
export const isArrayIndex = (step: string): boolean => /^(?:0|[1-9][0-9]*)$/.test(step);
