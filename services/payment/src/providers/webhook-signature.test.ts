import { expect, test } from '@jest/globals';
import { signWebhook } from '@outrider/testkit/simulator';
import { signatureFault } from './webhook-signature.js';

const SECRET = 'the secret that both know';
const raw = Buffer.from('{"id":"evt_1","amount":1}');
const NOW = 1_800_000_000_000;
const fault = (signature: string | string[] | undefined, body = raw, secrets: readonly string[] = [SECRET]) =>
  signatureFault({ signature, raw: body, secrets, toleranceMs: 300_000, now: NOW });
const signed = (seconds = NOW / 1000, secret = SECRET) => signWebhook(secret, raw.toString(), seconds);

test('what the provider signed is genuine, also among sums of another secret', () => {
  expect(fault(signed())).toBeUndefined();
  expect(fault(`${signed()},v1=${'0'.repeat(64)}`)).toBeUndefined();
  expect(fault(`${signed(NOW / 1000, 'an older secret')},${signed().split(',')[1]}`)).toBeUndefined();
});

test('what is signed by either of two secrets is genuine, and by a third is not', () => {
  const secrets = [SECRET, 'the secret that comes next'];
  for (const secret of secrets) expect(fault(signed(NOW / 1000, secret), raw, secrets)).toBeUndefined();
  expect(fault(signed(NOW / 1000, 'guessed'), raw, secrets)).toMatch(/wrong/u);
  expect(fault(signed(NOW / 1000, secrets[1]), raw, [SECRET])).toMatch(/wrong/u);
  expect(fault(signed(), raw, [])).toMatch(/wrong/u);
});

test('F23 a forged one is not: another secret, another body, another time, another case, none', () => {
  expect(fault(signed(NOW / 1000, 'guessed'))).toMatch(/wrong/u);
  expect(fault(signed(), Buffer.from('{"id":"evt_1","amount":2}'))).toMatch(/wrong/u);
  expect(fault(signed(), Buffer.concat([raw, Buffer.from('\n')]))).toMatch(/wrong/u);
  expect(fault(signed().replace(/^t=\d+/u, `t=${NOW / 1000 + 1}`))).toMatch(/wrong/u);
  expect(fault(signed().toUpperCase())).toBeDefined();
  expect(fault(signed().split(',')[0])).toMatch(/wrong/u);
  expect(fault(signed().split(',')[1])).toMatch(/no time/u);
  expect(fault(`t=1,${signed()}`)).toMatch(/no time/u);
  expect(fault([signed(), signed()])).toMatch(/not signed/u);
  expect(fault('')).toMatch(/no time/u);
  expect(fault(undefined)).toMatch(/not signed/u);
});

test('F23 a replayed one is good for as long as clocks may differ, and no longer', () => {
  expect(fault(signed(NOW / 1000 - 300))).toBeUndefined();
  expect(fault(signed(NOW / 1000 + 300))).toBeUndefined();
  expect(fault(signed(NOW / 1000 - 301))).toMatch(/too old/u);
  expect(fault(signed(NOW / 1000 + 301))).toMatch(/future/u);
});
