/** Plain values as YAML text, in block and in flow style: for what fixes put in, not for documents that people wrote. */

const isCollection = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The lines of a value in block style, each indented by `indent` spaces. */
export function blockText(value: unknown, indent: number): readonly string[] {
  const pad = ' '.repeat(indent);
  if (Array.isArray(value) && value.length > 0)
    return value.flatMap((item: unknown) => {
      const [first = '', ...rest] = blockText(item, indent + 2);
      return [`${pad}- ${first.trimStart()}`, ...rest];
    });
  if (isCollection(value) && !Array.isArray(value) && Object.keys(value).length > 0)
    return Object.entries(value).flatMap(([key, child]) => {
      const isNested = isCollection(child) && Object.keys(child).length > 0 && !isListOfScalars(child);
      if (!isNested) return [`${pad}${scalarText(key)}: ${flowText(child)}`];
      return [`${pad}${scalarText(key)}:`, ...blockText(child, indent + 2)];
    });
  return [`${pad}${flowText(value)}`];
}

const isListOfScalars = (value: object): boolean => Array.isArray(value) && !value.some(isCollection);

/** A value on one line; as JSON, with all its texts in double quotes. */
export function flowText(value: unknown, isJson = false): string {
  if (Array.isArray(value)) return `[${value.map((item) => flowText(item, isJson)).join(', ')}]`;
  if (!isCollection(value)) return isJson ? JSON.stringify(value) : scalarText(value);
  return Object.keys(value).length === 0 ? '{}' : `{ ${flowEntries(value, isJson)} }`;
}

/** The keys of a mapping with their values, as they stand in its brackets. */
export const flowEntries = (mapping: object, isJson: boolean): string =>
  Object.entries(mapping)
    .map(([key, child]) => `${isJson ? JSON.stringify(key) : scalarText(key)}: ${flowText(child, isJson)}`)
    .join(', ');

/** A scalar, in quotes where it would be read as something else without them. */
export function scalarText(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  const isPlain = /^[A-Za-z_./$][\w .,;/@()$-]*$/.test(value) && !/[ ,]$|, |[,;()]/.test(value);
  const meansElse = /^(true|false|null|yes|no|on|off|~|\.inf|\.nan)$/i.test(value) || !Number.isNaN(Number(value));
  if (isPlain && !meansElse) return value;
  // A sentence is easier to read without quotes, and safe outside flow collections only, so it gets them.
  return JSON.stringify(value);
}
