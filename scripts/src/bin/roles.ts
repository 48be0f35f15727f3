import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startInfra } from '@outrider/testkit';
import { RoleDatabases, ROLE_SERVICES } from '../roles/databases.js';
import { renderRoles, type RoleRow } from '../roles/render.js';
import { PROJECT_ROOT } from '../run/project.js';

/** Writes docs/roles.md from the catalogues of databases that were just migrated. */
const infra = await startInfra({ parts: ['postgres'], durable: false });
try {
  await using databases = await RoleDatabases.open(infra.postgresUrl);
  const rows: Record<string, RoleRow[]> = {};
  for (const service of ROLE_SERVICES) rows[service] = await databases.rows(service);
  await writeFile(join(PROJECT_ROOT, 'docs/roles.md'), renderRoles(rows));
} finally {
  await infra.stop();
}
