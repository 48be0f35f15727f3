import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseRole } from '../installation/access-files.js';
import type { Service } from '../installation/layout.js';
import type { Cause } from './cause.js';
import type { Drilled } from './drilled.js';

/** A file with what a role gets into a database by; processes read it with each new connection. */
function changed(
  drilled: Drilled,
  role: DatabaseRole,
  service: Service,
  change: (file: string, text: string) => Promise<void>,
): Pick<Cause, 'begin' | 'end'> {
  const file = join(drilled.up.databases[role], service, 'uri');
  let good = '';
  return {
    async begin() {
      good = await readFile(file, 'utf8');
      await change(file, good);
    },
    async end() {
      await writeFile(file, good, { mode: 0o600 });
    },
  };
}

const elsewhere = async (file: string, text: string): Promise<void> => {
  const url = new URL(text);
  url.pathname += '_gone';
  await writeFile(file, url.href, { mode: 0o600 });
};

export const credentialRemoved = (drilled: Drilled): Cause => ({
  name: 'credential',
  what: 'the file with product’s login removed; put back',
  fires: ['OutriderCredentialUnreadable'],
  ...changed(drilled, 'app', 'product', (file) => rm(file)),
});

/** The database that inventory is sent to does not exist. */
export const databaseRefused = (drilled: Drilled): Cause => ({
  name: 'refused',
  what: 'inventory sent to a database that does not exist, from its next connections on; sent back',
  fires: ['OutriderConnectionsRefused', 'OutriderDatabaseUnread'],
  ...changed(drilled, 'app', 'inventory', elsewhere),
});

/** The reconciler runs and cannot read one of the four books. */
export const booksUnreadable = (drilled: Drilled): Cause => ({
  name: 'unchecked',
  what: 'the reconciler sent to a database that does not exist; sent back',
  fires: ['OutriderBooksNotChecked'],
  ...changed(drilled, 'reader', 'payment', elsewhere),
});
