import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { signWebhook } from '@outrider/testkit/simulator';
import type { PaymentBench } from './payment-bench.js';

/**
 * Exchanges the secret of a provider's webhooks in its file, step by step, and at each step sends webhooks that are signed
 * by the old one, by the next one and by neither.
 * @param setting its name without a file
 */
export async function exchangeWebhookSecret(
  bench: PaymentBench,
  provider: string,
  signatureHeader: string,
  setting: string,
  old: string,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'webhook-secret-'));
  const file = join(folder, 'secret');
  const next = `${old}next`;
  await writeFile(file, `${old}\n`);
  const service = await bench.service.replica({ [setting]: '', [`${setting}_FILE`]: file });
  const rawBody = '{}';
  const statusOf = async (secret: string): Promise<number> => {
    const headers = { [signatureHeader]: signWebhook(secret, rawBody) };
    return (await service.call('POST', `/webhooks/${provider}`, { rawBody, headers })).status;
  };
  const statuses = async () => [await statusOf(old), await statusOf(next), await statusOf('guessed')];
  expect(await statuses()).toEqual([200, 401, 401]);
  await writeFile(file, `${next}\n${old}\n`);
  expect(await statuses()).toEqual([200, 200, 401]);
  await writeFile(file, '');
  expect(await statuses()).toEqual([200, 200, 401]);
  await rm(file);
  expect(await statuses()).toEqual([200, 200, 401]);
  await writeFile(file, next);
  expect(await statuses()).toEqual([401, 200, 401]);
  const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
  expect(metrics).toMatch(new RegExp(`credential_reads_total\\{file="${file}",outcome="failed"[^}]*\\} 6`, 'u'));
  await rm(folder, { recursive: true });
}
