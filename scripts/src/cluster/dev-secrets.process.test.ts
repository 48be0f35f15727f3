import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';

test('a reader that comes late gets all that scripts/dev-secrets prints, which is more than a pipe holds', async () => {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'scripts/dev-secrets | { sleep 1; cat; }'], {
    cwd: PROJECT_ROOT,
    maxBuffer: 1024 * 1024,
  });
  const list = JSON.parse(stdout) as { items: readonly { metadata: { name: string } }[] };
  expect(list.items.map(({ metadata }) => metadata.name)).toEqual(
    expect.arrayContaining(['postgres-tls', 'kafka-server', 'test-token']),
  );
});
