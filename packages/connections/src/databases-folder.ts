import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CredentialError } from './credential.js';
import type { PostgresServer } from './postgres-server.js';
import { postgresFolder } from './postgres-settings.js';
import { usable } from './settings-group.js';

/** A database with the name that metrics, logs and readiness call it by. */
export interface NamedDatabase {
  readonly name: string;
  readonly server: PostgresServer;
}

const NAME = /^[a-z0-9][a-z0-9_-]*$/u;

/**
 * The databases of a folder of folders: each is called as its folder, in the order of their names. What begins with a
 * dot is left out: mounted secrets keep their versions there.
 * @throws CredentialError naming the folder or file that is missing or wrong
 */
export function databasesOf(folder: string): NamedDatabase[] {
  const names = foldersOf(folder);
  if (names.length === 0) throw new CredentialError(`holds no folder of a database: ${folder}`, folder);
  return names.map((name) => {
    if (!NAME.test(name)) {
      throw new CredentialError(`holds a folder whose name is not of a-z, 0-9, - and _: ${name}`, folder);
    }
    const path = (file: string): string => join(folder, name, file);
    return { name, server: postgresFolder(path, (file) => existsSync(path(file))) };
  });
}

function foldersOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.') && statSync(join(folder, name)).isDirectory())
      .sort();
  } catch {
    throw new CredentialError(`cannot be read: ${folder}`, folder);
  }
}

/** `databasesOf` as a setting. */
export const databasesFolder = z.string().transform((folder, context): NamedDatabase[] => {
  const refuse = (_: string, message: string): void => context.addIssue({ code: 'custom', message });
  return usable('', refuse, () => databasesOf(folder)) ?? z.NEVER;
});
