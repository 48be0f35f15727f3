import { expect, test } from '@jest/globals';
import { Counter, Registry } from 'prom-client';
import { parseExposition } from './exposition.js';

test('reads what processes show, of the metrics that are wanted', async () => {
  const registry = new Registry();
  const counter = new Counter({ name: 'a_total', help: 'a', labelNames: ['one', 'two'], registers: [registry] });
  counter.inc({ one: 'x', two: 'a "quoted"\\, {strange}\ntext' }, 3);
  counter.inc({ one: 'y' }, 1.5);
  new Counter({ name: 'a_total_of_others', help: 'b', registers: [registry] }).inc();
  expect(parseExposition(await registry.metrics(), new Set(['a_total']))).toEqual([
    { name: 'a_total', labels: { one: 'x', two: 'a "quoted"\\, {strange}\ntext' }, value: 3 },
    { name: 'a_total', labels: { one: 'y' }, value: 1.5 },
  ]);
});

test('reads times, numbers of all kinds, and other ends of lines', () => {
  const text = 'a 1 1700000000000\r\na{b="c",} +Inf\r\na{} NaN\na -1.5e3\n# a comment\n\n';
  expect(parseExposition(text, new Set(['a'])).map(({ value }) => value)).toEqual([1, Infinity, Number.NaN, -1_500]);
});

test('refuses a line that is none, and leaves those that nobody asked for', () => {
  const wanted = new Set(['a']);
  expect(() => parseExposition('a{b="c} 1', wanted)).toThrow(SyntaxError);
  expect(() => parseExposition('a{b=c} 1', wanted)).toThrow(SyntaxError);
  expect(() => parseExposition('a one', wanted)).toThrow('not a number: one');
  expect(() => parseExposition('a 1 2 3', wanted)).toThrow('not a series: a 1 2 3');
  expect(parseExposition('<html>\nb{ 1', wanted)).toEqual([]);
});
