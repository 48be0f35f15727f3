import { expect, test } from '@jest/globals';
import { payments } from '../cli/parse.js';
import { CONTAINER_HEAP, simulatorProgram } from '../installation/programs.js';
import type { Run } from '../run/run-directory.js';
import type { Shop } from './read-shop.js';

const run = { directory: '/run', logs: '/run/logs' } as Run;
const shop = {
  providers: { acme: { standIn: '/shop/bank.js', settings: { ACME_URL: '{standIn}', ACME_TOKEN: 'a token' } } },
} as unknown as Shop;
const settings = { port: 3009, seed: 1, payments: payments('').text, webhookUrl: '', webhookSecretFile: '' };

test('a shop’s provider is stood in for by its own program, which knows what the payment service knows', () => {
  const { spec } = simulatorProgram(run, { ...settings, provider: 'acme' }, shop).program;
  expect(spec.args).toEqual([...CONTAINER_HEAP, '/shop/bank.js']);
  expect(spec.env).toMatchObject({ PORT: '3009', ACME_TOKEN: 'a token', ACME_URL: 'http://127.0.0.1:3009' });
});

test('the simulator stands in for the others', () => {
  const { spec } = simulatorProgram(run, { ...settings, provider: 'stripe' }, shop).program;
  expect(spec.args?.at(-1)).toMatch(/simulator\/main\.js$/u);
  expect(spec.env).not.toHaveProperty('ACME_TOKEN');
});
