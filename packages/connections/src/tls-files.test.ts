import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAuthority, type CertificateAuthority, type KeyPair } from '@outrider/testkit/certificates';
import { CredentialReads, tlsCredential } from './index.js';

let folder: string;
let authority: CertificateAuthority;
let [first, second, expired]: KeyPair[] = [];
const day = new Date(Date.now() - 5 * 86_400_000).toISOString().slice(0, 10);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-tls-'));
  authority = await createAuthority();
  [first, second, expired] = await Promise.all([
    authority.issue({ name: 'order' }),
    authority.issue({ name: 'order' }),
    authority.issue({ name: 'order', days: -5 }),
  ]);
});
afterAll(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return { ca: join(folder, 'ca.crt'), cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
}

test.each([
  ['an authority that is no certificate', () => ({ 'ca.crt': 'x' }), 'holds no certificate in PEM: ', 'ca.crt'],
  [
    'an authority whose certificate is broken',
    () => ({ 'ca.crt': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }),
    'holds a certificate that cannot be read: ',
    'ca.crt',
  ],
  ['an authority that has expired', () => ({ 'ca.crt': expired!.cert }), `has expired on ${day}: `, 'ca.crt'],
  ['an empty certificate', () => ({ 'tls.crt': '\n' }), 'is empty: ', 'tls.crt'],
  [
    'an expired certificate',
    () => ({ 'tls.crt': expired!.cert, 'tls.key': expired!.key }),
    `has expired on ${day}: `,
    'tls.crt',
  ],
  ['a key in the certificate’s file', () => ({ 'tls.crt': first!.key }), 'holds no certificate in PEM: ', 'tls.crt'],
  [
    'a key that is none',
    () => ({ 'tls.key': first!.cert }),
    'holds no private key in PEM without a passphrase: ',
    'tls.key',
  ],
  [
    'the key of another certificate',
    () => ({ 'tls.key': second!.key }),
    'is not the key of the certificate in ',
    'tls.key',
  ],
] as const)('%s is refused, naming the file', async (_what, wrong, message, file) => {
  const files = await write({ 'ca.crt': authority.cert, 'tls.crt': first!.cert, 'tls.key': first!.key, ...wrong() });
  const reads = new CredentialReads();
  expect(() => tlsCredential(files, reads)).toThrow(message);
  expect(() => tlsCredential(files, reads)).toThrow(join(folder, file));
  expect(reads.counts()).toContainEqual({ file: join(folder, file), outcome: 'failed', count: 2 });
});

test('of several authorities one may have expired', async () => {
  const files = await write({ 'ca.crt': `${expired!.cert}${authority.cert}` });
  expect(tlsCredential({ ca: files.ca }).current()).toEqual({ ca: `${expired!.cert}${authority.cert}` });
});

test('a pair that is half exchanged leaves the old one, reported once, until it is whole', async () => {
  const files = await write({ 'ca.crt': authority.cert, 'tls.crt': first!.cert, 'tls.key': first!.key });
  const reads = new CredentialReads();
  const reported: string[] = [];
  reads.listen({
    broken: (file) => void reported.push(`broken ${file}`),
    usable: (file) => void reported.push(`usable ${file}`),
  });
  const credential = tlsCredential(files, reads);
  expect(credential.current()).toEqual({ ca: authority.cert, cert: first!.cert, key: first!.key });
  await write({ 'tls.crt': second!.cert });
  for (let n = 0; n < 3; n += 1) expect(credential.current()).toMatchObject({ cert: first!.cert, key: first!.key });
  expect(reported).toEqual([`broken ${files.key}`]);
  await write({ 'tls.key': second!.key });
  expect(credential.current()).toMatchObject({ cert: second!.cert, key: second!.key });
  expect(reported).toEqual([`broken ${files.key}`, `usable ${files.key}`]);
  expect(reads.counts().find(({ file, outcome }) => file === files.key && outcome === 'failed')?.count).toBe(3);
});
