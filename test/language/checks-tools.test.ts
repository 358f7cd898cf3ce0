/** What environments declare of their tools: schemas that are none, and targets that no input has. */
import { describe, expect, test } from 'vitest';
import { diagnose } from '../../server/language/index.ts';

const tool = (parts: string) =>
  `apiVersion: assay/v1
kind: Environment
metadata: { name: o }
spec:
  module: ./o.mjs
  tools:
    - { name: pay, description: P., kind: write, risk: 4, ${parts} }
`;

/** Each problem as `severity "the text it stands on" message`. */
const said = (parts: string) => {
  const text = tool(parts);
  return diagnose(text).map(
    ({ severity, span, message }) => `${severity} "${text.slice(span.start, span.end)}" ${message}`,
  );
};

describe('schemas', () => {
  test.each<[string, string[]]>([
    ['{}', []],
    ['{ type: object, properties: { to: { type: [string, "null"], pattern: "^a+$" } }, required: [to] }', []],
    ['{ anyOf: [{ required: [to] }, { properties: { a: true } }], $comment: x, x-own: 1 }', []],
    ['{ properties: { type: { type: string }, pattern: { enum: [a] } } }', []],
    ['{ type: objet }', ['error "objet" there is no type `objet`; did you mean `object`?']],
    [
      '{ properties: { a: { type: money } } }',
      [
        'error "money" there is no type `money`; it is one of `object`, `array`, `string`, `integer`, `number`, `boolean`, `null`',
      ],
    ],
    [
      '{ type: string }',
      ['error "string" an input is always keys with values, so no call fits this; write `type: object`'],
    ],
    [
      '{ properties: { to: {} }, required: [too] }',
      ['warning "too" `too` is required and is none of the `properties`; did you mean `to`?'],
    ],
    [
      '{ properties: { to: {} }, required: [amount], additionalProperties: false }',
      ['warning "amount" `amount` is required and is none of the `properties`, so no call fits'],
    ],
    ['{ required: [amount] }', []],
    ['{ required: to }', ['error "to" `required` takes a list, not the text `to`']],
    ['{ properties: { a: { pattern: "(" } } }', ['error ""("" `(` is no regular expression: unterminated group']],
    ['{ properties: { a: text } }', ['error "text" a schema is keys with values, not the text `text`']],
    ['{ properties: { a: { minLength: -1 } } }', ['error "-1" `minLength` takes a whole number, not `-1`']],
    [
      '{ propertis: { a: {} } }',
      ['warning "propertis" `propertis` says nothing in a JSON Schema; did you mean `properties`?'],
    ],
    ['{ anyOf: [{ type: objet }] }', ['error "objet" there is no type `objet`; did you mean `object`?']],
  ])('input: %s', (input, expected) => {
    expect(said(`input: ${input}`)).toEqual(expected);
  });

  test('an output may be anything, and is looked at, too', () => {
    expect(said('input: {}, output: { type: string }')).toEqual([]);
    expect(said('input: {}, output: { type: strng }')).toEqual([
      'error "strng" there is no type `strng`; did you mean `string`?',
    ]);
  });
});

describe('targets', () => {
  const schema =
    '{ type: object, properties: { to: { type: array, items: { type: string } }, who: { type: object, properties: { mail: { type: string } } }, cents: { type: integer }, any: {}, mix: { anyOf: [{ type: string }] } } }';
  test.each<[string, string[]]>([
    ['/to', []],
    ['/to/0', []],
    ['/who/mail', []],
    ['/any', []],
    ['/any/where', []],
    ['/mix', []],
    ['/nope', ['warning "/nope" the input of `pay` has no `nope`']],
    ['/too', ['warning "/too" the input of `pay` has no `too`; did you mean `/to`?']],
    ['/who/mial', ['warning "/who/mial" `who` has no `mial`; did you mean `/who/mail`?']],
    ['/to/mail', ['warning "/to/mail" `to` is a list, so nothing stands at `/to/mail`']],
    ['/cents/0', ['warning "/cents/0" `cents` is of type `integer`, so nothing stands at `/cents/0`']],
    ['/cents', ['warning "/cents" `cents` holds no texts, and a target is a text or a list of texts']],
    ['/who', ['warning "/who" `who` holds no texts, and a target is a text or a list of texts']],
  ])('%s', (target, expected) => {
    expect(said(`targets: [${target}], input: ${schema}`)).toEqual(expected);
  });

  test('where any key may stand, none is unreachable', () => {
    expect(said('targets: [/nope], input: { type: object }')).toEqual([]);
    expect(said('targets: [/nope], input: { properties: {}, additionalProperties: { type: string } }')).toEqual([]);
    expect(said('targets: [/nope], input: { $ref: "#/$defs/a" }')).toEqual([]);
  });
});
