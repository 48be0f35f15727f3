import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { changedBodies, fieldsOf } from './changed-bodies.js';

const schema = z.strictObject({
  grade: z.enum(['A', 'B']).optional(),
  text: z.string(),
  items: z.array(z.strictObject({ id: z.string(), count: z.int().min(1) })).min(1),
  names: z.record(z.string(), z.string()).optional(),
  preset: z.int().default(0),
  yes: z.boolean().optional(),
});

test('every field is named once, wherever it stands', () => {
  expect(fieldsOf(schema)).toEqual([
    'grade',
    'items',
    'items[].count',
    'items[].id',
    'names.*',
    'preset',
    'text',
    'yes',
  ]);
  const either = z.union([z.strictObject({ a: z.int() }), z.strictObject({ b: z.int(), text: z.string() })]);
  expect(fieldsOf(either)).toEqual(['a', 'b', 'text']);
});

test.each([
  [
    'with all that may be',
    { text: 't', grade: 'A', items: [{ id: '1', count: 2 }], names: { a: 'b' }, preset: 3, yes: true },
  ],
  ['with what must be', { text: 't', items: [{ id: '1', count: 1 }] }],
])('a body %s is changed in every field, and nowhere else', (_, body) => {
  const all = changedBodies(schema, body);
  expect([...new Set(all.map(({ field }) => field))].toSorted()).toEqual(fieldsOf(schema));
  const meant = JSON.stringify(schema.parse(body));
  for (const { body: changed } of all) expect(JSON.stringify(schema.parse(changed))).not.toBe(meant);
});
