import { readFile } from 'node:fs/promises';

/** Whom a server runs as that refuses to run as root. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root. Undefined when this process is not root; else the account `postgres`, or
 * `nobody`, which every Linux has: no account is created.
 */
export async function unprivilegedUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = new Map(
    (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => {
      const [name = '', , uid, gid] = line.split(':');
      return [name, { uid: Number(uid), gid: Number(gid) }] as const;
    }),
  );
  return accounts.get('postgres') ?? accounts.get('nobody');
}
