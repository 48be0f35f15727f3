import { expect, test } from '@jest/globals';
import { createAdminServer, Health } from './index.js';

test('those who ask for metrics at once share one text, and the next get a new one', async () => {
  let written = 0;
  const app = createAdminServer(new Health([]), {
    contentType: 'text/plain',
    metrics: () => {
      written += 1;
      return new Promise((resolve) => setImmediate(() => resolve(`texts ${written}\n`)));
    },
  });
  const scrape = async () => (await app.inject('/metrics')).body;
  expect(await Promise.all(Array.from({ length: 50 }, scrape))).toEqual(Array.from({ length: 50 }, () => 'texts 1\n'));
  expect(await scrape()).toBe('texts 2\n');
});

test('a text that could not be written is tried again by the next', async () => {
  let broken = true;
  const app = createAdminServer(new Health([]), {
    contentType: 'text/plain',
    metrics: () => (broken ? Promise.reject(new Error('broken')) : Promise.resolve('good\n')),
  });
  expect((await app.inject('/metrics')).statusCode).toBe(500);
  broken = false;
  expect((await app.inject('/metrics')).body).toBe('good\n');
});
