import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';

// Every way in which an import may go against the direction, and some that go with it. The lint runs on a tree of
// its own with the project's rules.
const AGAINST: readonly (readonly [file: string, imports: string])[] = [
  ['services/order/src/domain/a.ts', '@mikro-orm/core'],
  ['services/order/src/domain/a.ts', '@nestjs/common'],
  ['services/order/src/domain/a.ts', 'node:fs'],
  ['services/order/src/domain/a.ts', '../persistence/order.entity.js'],
  ['services/order/src/domain/a.ts', '@outrider/service-kit/database'],
  ['services/order/src/commands/a.ts', '../http/orders.controller.js'],
  ['services/order/src/commands/a.ts', '../events/replies.js'],
  ['services/order/src/queries/a.ts', '../http/orders.controller.js'],
  ['services/order/src/http/a.ts', '../persistence/order.entity.js'],
  ['services/order/src/events/a.ts', '../persistence/order.entity.js'],
  ['services/order/src/persistence/a.ts', '../commands/place-order.js'],
  ['services/order/src/policies/a.ts', '../commands/place-order.js'],
  ['services/order/src/commands/a.ts', '@outrider/inventory'],
  ['services/order/src/http/a.ts', '@outrider/payment'],
  ['packages/outbox/src/a.ts', '@nestjs/common'],
  ['packages/outbox/src/a.ts', '@mikro-orm/core'],
  ['packages/inbox/src/a.ts', '@outrider/contracts'],
  ['packages/common/src/a.ts', 'pg'],
  ['packages/contracts/src/a.ts', 'pg'],
  ['packages/service-kit/src/auth/a.ts', '../database/index.js'],
  ['packages/service-kit/src/admin/a.ts', '../database/index.js'],
];
const WITH: readonly (readonly [file: string, imports: string])[] = [
  ['services/order/src/domain/b.ts', '@outrider/contracts'],
  ['services/order/src/domain/b.ts', './order.js'],
  ['packages/common/src/b.ts', 'node:http'],
  ['services/order/src/commands/b.ts', '../persistence/order.entity.js'],
  ['services/order/src/http/b.ts', '../commands/place-order.js'],
  ['packages/outbox/src/b.ts', 'pg'],
  ['packages/outbox/src/b.ts', '@outrider/common'],
  ['packages/outbox/src/b.ts', '@outrider/kafkajs-fast'],
  ['packages/service-kit/src/runtime/b.ts', '../database/index.js'],
  ['packages/service-kit/src/admin/b.ts', '../http/index.js'],
];

let tree: string;
const refused = new Set<string>();

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'outrider-lint-'));
  await copyFile(join(PROJECT_ROOT, '.oxlintrc.json'), join(tree, '.oxlintrc.json'));
  for (const [index, [file, imports]] of [...AGAINST, ...WITH].entries()) {
    const path = join(tree, nameOf(file, index));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `import { x } from '${imports}';\nexport const y = x;\n`);
  }
  const lint = join(PROJECT_ROOT, 'node_modules/.bin/oxlint');
  const output = await new Promise<string>((resolve) => {
    execFile(lint, ['--format', 'json'], { cwd: tree, maxBuffer: 10_000_000 }, (_error, stdout) => resolve(stdout));
  });
  const { diagnostics } = JSON.parse(output) as { diagnostics: { code: string; filename: string }[] };
  for (const { code, filename } of diagnostics) if (code.includes('no-restricted-imports')) refused.add(filename);
});
afterAll(() => rm(tree, { recursive: true, force: true }));

const nameOf = (file: string, index: number): string => file.replace(/\.ts$/u, `${index}.ts`);

test.each(AGAINST.map(([file, imports], index) => ({ file, imports, index })))(
  '$file may not import $imports',
  ({ file, index }) => {
    expect([...refused]).toContain(nameOf(file, index));
  },
);

test.each(WITH.map(([file, imports], index) => ({ file, imports, index: AGAINST.length + index })))(
  '$file may import $imports',
  ({ file, index }) => {
    expect([...refused]).not.toContain(nameOf(file, index));
  },
);
