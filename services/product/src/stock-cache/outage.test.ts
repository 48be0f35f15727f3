import { expect, test } from '@jest/globals';
import { Outage } from './outage.js';

function underTest() {
  const lines: string[] = [];
  let nowMs = 0;
  const write = (level: string) => (object: object, message: string) =>
    lines.push(`${level} ${message} ${'failures' in object ? JSON.stringify(object) : ''}`.trim());
  const outage = new Outage({ info: write('info'), warn: write('warn') }, 1_000, () => nowMs);
  return { outage, lines, at: (ms: number) => (nowMs = ms) };
}

const BEGIN = 'warn Redis is unavailable; stock is read from the database';

test('an outage is one line at its beginning and one at its end, however much fails and however often it seems over', () => {
  const { outage, lines, at } = underTest();
  outage.answered();
  outage.answered();
  expect(lines.splice(0)).toEqual(['info connected to Redis']);
  for (let ms = 5_000; ms <= 9_000; ms += 500) {
    at(ms);
    outage.failed(new Error('x'));
    at(ms + 400);
    outage.answered();
  }
  expect(lines.splice(0)).toEqual([BEGIN]);
  at(9_999);
  outage.answered();
  expect(lines).toEqual([]);
  at(10_000);
  outage.answered();
  outage.answered();
  expect(lines.splice(0)).toEqual(['info Redis is available again {"lastedMs":4000,"failures":9}']);
  outage.failed(new Error('x'));
  expect(lines).toEqual([BEGIN]);
});

test('away from the start', () => {
  const { outage, lines, at } = underTest();
  outage.failed(new Error('x'));
  at(3_000);
  outage.answered();
  outage.answered();
  expect(lines).toEqual([BEGIN, 'info Redis is available again {"lastedMs":0,"failures":1}']);
});
