/**
 * Says what keeps a value of the user's code from being JSON, with a pointer to it, instead of letting
 * `JSON.stringify` drop or bend it silently. It does not copy or change the value.
 */

/** Deeper values are refused; the host refuses them too. */
const deepestLevel = 100;

interface Flaw {
  readonly what: string;
  readonly pointer: string;
}

/** Throws a `TypeError` that names `subject` and the place when `value` is not JSON. `undefined` is not JSON either. */
export function assertJson(value: unknown, subject: string): void {
  const flaw = findFlaw(value, []);
  if (flaw === null) return;
  const place = flaw.pointer === '' ? 'is' : `has at \`${flaw.pointer}\``;
  throw new TypeError(`${subject} ${place} ${flaw.what}, which JSON cannot hold`);
}

function findFlaw(value: unknown, ancestors: object[]): Flaw | null {
  switch (typeof value) {
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : { what: `\`${value}\``, pointer: '' };
    case 'string':
      return value.isWellFormed() ? null : { what: 'a string with half of a surrogate pair', pointer: '' };
    case 'object':
      return value === null ? null : findFlawInObject(value, ancestors);
    case 'undefined':
      return { what: '`undefined`', pointer: '' };
    default:
      return { what: `a ${typeof value}`, pointer: '' };
  }
}

function findFlawInObject(value: object, ancestors: object[]): Flaw | null {
  if (ancestors.includes(value)) return { what: 'a reference back to itself', pointer: '' };
  if (ancestors.length >= deepestLevel) return { what: `more than ${deepestLevel} levels of nesting`, pointer: '' };
  if ('toJSON' in value && typeof value.toJSON === 'function') return findFlaw(value.toJSON(), [...ancestors, value]);
  const type = Object.prototype.toString.call(value).slice(8, -1);
  if (type === 'Promise') return { what: 'a promise (is an `await` missing?)', pointer: '' };
  if (type !== 'Object' && type !== 'Array') return { what: `a value of type \`${type}\``, pointer: '' };
  ancestors.push(value);
  const flaw = Array.isArray(value) ? findFlawInItems(value, ancestors) : findFlawInMembers(value, ancestors);
  ancestors.pop();
  return flaw;
}

function findFlawInItems(items: readonly unknown[], ancestors: object[]): Flaw | null {
  for (let index = 0; index < items.length; index++) {
    const flaw = findFlaw(items[index], ancestors);
    if (flaw) return below(index, flaw);
  }
  return null;
}

/** Members that are `undefined` count as left out, as everywhere in JavaScript. */
function findFlawInMembers(value: object, ancestors: object[]): Flaw | null {
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (!key.isWellFormed()) return { what: 'a key with half of a surrogate pair', pointer: '' };
    const flaw = findFlaw(member, ancestors);
    if (flaw) return below(key, flaw);
  }
  return null;
}

const below = (key: string | number, flaw: Flaw): Flaw => ({
  what: flaw.what,
  pointer: `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}${flaw.pointer}`,
});
