import { createRequire } from 'node:module';

const PATCHED_VERSION = '2.2.4';

/** Loads modules of kafkajs by path; undefined where another version is installed than the one that is patched. */
export function requireOfPatchedVersion(): NodeJS.Require | undefined {
  const require = createRequire(import.meta.url);
  const { version } = require('kafkajs/package.json') as { version: string };
  return version === PATCHED_VERSION ? require : undefined;
}
