import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { PROJECT_ROOT } from '../run/project.js';
import { makeSbom, withShippedPackages } from './shipped-packages.js';

const bill = z.object({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.object({ component: z.object({ name: z.string(), version: z.string() }) }),
  components: z.array(z.object({ name: z.string(), purl: z.string() })),
});

test('the bill of materials has what is shipped, and nothing of tests and builds', async () => {
  const sbom = bill.parse(JSON.parse(await withShippedPackages(PROJECT_ROOT, makeSbom)));
  const names = sbom.components.map(({ purl }) => decodeURIComponent(purl).replace(/^pkg:npm\/(.+)@.*$/u, '$1'));
  expect(sbom.metadata.component.name).toBe('outrider');
  for (const shipped of ['fastify', 'kafkajs', '@mikro-orm/core', '@outrider/order']) expect(names).toContain(shipped);
  for (const other of ['jest', 'typescript', 'oxlint', 'commander', '@outrider/testkit', '@outrider/scripts']) {
    expect(names).not.toContain(other);
  }
}, 120_000);
