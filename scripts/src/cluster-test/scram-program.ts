// Runs in a pod of a service, from its compiled text alone, beside the process: it imports Node's own and packages of
// the images. Gives users of Kafka other passwords; what it is told comes on standard input.
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { alterUserScramCredentialsV0, Connection, ScramMechanisms } from '@platformatic/kafka';
import type { ScramRequest } from './credentials.js';

const ITERATIONS = 4_096;
const LIMIT_MS = 60_000;

const { host, port, authority, admin, passwords } = (await json(process.stdin)) as ScramRequest;
const connection = new Connection('rotation', {
  tls: { ca: authority },
  tlsServerName: true,
  connectTimeout: LIMIT_MS,
  requestTimeout: LIMIT_MS,
  sasl: { mechanism: 'SCRAM-SHA-512', username: 'admin', password: admin },
});
await connection.connect(host, port);
await alterUserScramCredentialsV0.api.async(
  connection,
  [],
  Object.entries(passwords).map(([name, password]) => {
    const salt = randomBytes(16);
    const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512');
    return { name, mechanism: ScramMechanisms.SCRAM_SHA_512, iterations: ITERATIONS, salt, saltedPassword };
  }),
);
await connection.close();
console.log('exchanged');
