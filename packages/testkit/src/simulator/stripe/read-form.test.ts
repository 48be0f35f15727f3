import { expect, test } from '@jest/globals';
import { readForm } from './read-form.js';

const read = (text: string) => readForm(new URLSearchParams(text));

test('reads members, members of members and lists', () => {
  expect(read('amount=5&metadata[order_id]=a%20b&expand[0]=x&expand[1]=y&created[gte]=1')).toEqual({
    amount: '5',
    metadata: { order_id: 'a b' },
    expand: ['x', 'y'],
    created: { gte: '1' },
  });
  expect(read('')).toEqual({});
});

test('a name that is of the language and not of the form is a name like any other', () => {
  const fields = read('metadata[__proto__]=x&metadata[constructor]=y');
  expect(Object.keys(fields?.['metadata'] as object)).toEqual(['__proto__', 'constructor']);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});

test.each(['a=1&a=2', 'a=1&a[b]=2', 'a[b]=1&a=2', 'a[=1', '[a]=1', 'a[]=1', 'a]b=1'])('refuses %s', (text) => {
  expect(read(text)).toBeUndefined();
});
