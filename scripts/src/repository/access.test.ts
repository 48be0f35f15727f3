import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CALLER_NAMES, outcomeOf, type EndpointDefinition } from '@outrider/service-kit/http';
import { readAccessTable } from '@outrider/service-kit/testing';
import { PROJECT_ROOT } from '../run/project.js';
import { renderAccess } from './render-access.js';
import { SECTIONS } from './access-sections.js';

const shared = { method: 'GET', path: '/things', summary: 's', responses: {} } as const;
const definitions: readonly EndpointDefinition[] = [
  { ...shared, operationId: 'listThings', access: { roles: ['customer', 'admin'], own: true } },
  { ...shared, operationId: 'countThings', access: { roles: ['admin'], scope: 'things:count' } },
  { ...shared, operationId: 'readThings', access: 'anyone' },
  { ...shared, operationId: 'receiveThings', access: 'anyone', signed: true },
];

describe('who may call what', () => {
  it('is told of each operation and caller', () => {
    const rows = renderAccess({ things: definitions })
      .split('\n')
      .filter((line) => line.includes('`GET /things`'))
      .map((line) =>
        line
          .replaceAll(/\]\(problems\/([a-z-]+)\.md\)/gu, ' $1]')
          .split(' | ')
          .slice(2)
          .join(' | '),
      );
    expect(rows).toEqual([
      '[401 unauthenticated] | yes, own | yes, own | [403 forbidden] | yes | [401 unauthenticated] | [401 unauthenticated] | [401 unauthenticated] | [401 unauthenticated] |',
      '[401 unauthenticated] | [403 forbidden] | [403 forbidden] | [403 forbidden] | yes | yes: `things:count` | [403 forbidden] | [401 unauthenticated] | [401 unauthenticated] |',
      'yes | yes | yes | yes | yes | yes | yes | [401 unauthenticated] | yes |',
      '[401 signature-invalid] | [401 signature-invalid] | [401 signature-invalid] | [401 signature-invalid] | [401 signature-invalid] | [401 signature-invalid] | [401 signature-invalid] | [401 unauthenticated] | yes |',
    ]);
  });

  it('is read back as it was told', () => {
    const table = readAccessTable('things', renderAccess({ other: [], things: definitions, more: definitions }));
    expect([...table.keys()]).toEqual(definitions.map(({ operationId }) => operationId));
    for (const endpoint of definitions) {
      for (const caller of CALLER_NAMES) {
        expect(table.get(endpoint.operationId)?.[caller]).toBe(outcomeOf(endpoint, caller));
      }
    }
  });

  it('is what docs/access.md says (npm run docs:access brings it up to date)', async () => {
    expect(await readFile(join(PROJECT_ROOT, 'docs/access.md'), 'utf8')).toBe(renderAccess(SECTIONS));
  });
});
