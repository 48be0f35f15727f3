import { expect, test } from '@jest/globals';
import { useGivenServer } from './use-given-server.js';

test.each([
  [
    'postgres',
    'localhost/shop',
    'POSTGRES_URL must be a URL with its scheme, such as postgres://user@localhost:5432/postgres.',
  ],
  [
    'postgres',
    'localhost:5432',
    'POSTGRES_URL must be a URL with its scheme, such as postgres://user@localhost:5432/postgres.',
  ],
  ['redis', 'localhost:6379', 'REDIS_URL must be a URL with its scheme, such as redis://localhost:6379.'],
  ['redis', 'http://localhost:6379', 'REDIS_URL must be a URL with its scheme, such as redis://localhost:6379.'],
  ['kafka', 'http://localhost:9092', 'KAFKA_BROKERS must be host:port, comma separated, such as localhost:9092.'],
  ['kafka', 'localhost', 'KAFKA_BROKERS must be host:port, comma separated, such as localhost:9092.'],
] as const)('what is no address of %s (%s) is refused before it is tried', async (part, url, message) => {
  await expect(useGivenServer(part, url)).rejects.toMatchObject({ code: 'INFRA_URL_INVALID', message });
});
