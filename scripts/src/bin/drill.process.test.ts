import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { CommandSandbox } from '../testing/started-command.js';
import { prometheusCommand } from '../testing/prometheus-command.js';

jest.setTimeout(400_000);

let sandbox: CommandSandbox;
beforeEach(async () => {
  sandbox = await CommandSandbox.make();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const testWithPrometheus = prometheusCommand() === undefined ? test.skip : test;

testWithPrometheus(
  'alerts fire when workers stop and a topic holds no events, and clear afterwards (needs Prometheus)',
  async () => {
    const drill = sandbox.start('drill', ['--pace', '30', '--only', 'inbox,workers']);
    expect({ code: await drill.ended, output: drill.output }).toMatchObject({ code: 0 });
    const rows = drill.stdout.split('\n').filter((line) => line.includes('| Outrider'));
    expect(rows.map((line) => line.split('|')[2]?.trim())).toEqual([
      'OutriderInboxDeadLetters',
      'OutriderDeadLettersGrow',
      'OutriderShardsUnowned',
      'OutriderOutboxAge',
      'OutriderMetricsMissing outbox-worker',
    ]);
    for (const row of rows) expect(row).toMatch(/\| [\d.]+ s \| [\d.]+ s \|$/u);
  },
);

test('a cause that there is not is reported in one sentence, and so is a Prometheus that is missing', async () => {
  const wrong = sandbox.start('drill', ['--only', 'inbox,weather']);
  expect(await wrong.ended).toBe(2);
  expect(wrong.output).toContain('Parts are books,');
  const without = sandbox.start('drill', [], { PROMETHEUS: '/nowhere/prometheus' });
  expect(await without.ended).toBe(2);
  expect(without.output).toContain('PROMETHEUS is /nowhere/prometheus, which cannot be executed.');
});
