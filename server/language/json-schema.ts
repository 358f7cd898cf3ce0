/**
 * The keys of JSON Schema that people write for the input and output of tools. It is only for completion and hover: other
 * keywords are as good, and nothing is refused because of it.
 */
import type { Schema } from '../engine/documents/index.ts';

const text = (description: string): Schema => ({ type: 'string', description });
const number = (description: string): Schema => ({ type: 'number', description });
const whole = (description: string): Schema => ({ type: 'integer', minimum: 0, description });
const types = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'];

/** The schema of a JSON Schema. It leads back to itself. */
export const jsonSchemaKeys: Schema = {
  type: 'object',
  properties: {
    type: { enum: types, description: 'What the value is.' },
    description: text('What the value is for. Agents are told.'),
    properties: {
      type: 'object',
      description: 'The keys of an object, each with its own schema.',
      get additionalProperties() {
        return jsonSchemaKeys;
      },
    },
    required: { type: 'array', items: { type: 'string' }, description: 'The keys that an object must have.' },
    additionalProperties: { type: 'boolean', description: 'Whether an object may have keys besides `properties`.' },
    items: {
      type: 'object',
      description: 'The schema of every item of an array.',
      get properties() {
        return jsonSchemaKeys.properties;
      },
    } as Schema,
    enum: { type: 'array', items: {}, description: 'The values that are taken, and no others.' },
    const: { description: 'The one value that is taken.' },
    default: { description: 'What a missing value stands for.' },
    minimum: number('The smallest number.'),
    maximum: number('The largest number.'),
    exclusiveMinimum: number('The number that all others must be above.'),
    exclusiveMaximum: number('The number that all others must be below.'),
    multipleOf: number('The step between numbers that are taken, from 0.'),
    minLength: whole('The least length of a text.'),
    maxLength: whole('The greatest length of a text.'),
    minItems: whole('The least number of items.'),
    maxItems: whole('The greatest number of items.'),
    uniqueItems: { type: 'boolean', description: 'Whether an array holds each item only once.' },
    pattern: text('A regular expression that a text matches.'),
    format: text('What a text is, such as `date` or `email`.'),
  },
};
