import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SCHEMA_FOLDER } from '../schemas/documents.js';
import type { ContractSet, TopicSchema } from '../schemas/topic-schema.js';

/** The root of the project; this file stands four folders below it. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** A version of which the JSON Schemas are kept. */
export interface Released {
  readonly version: string;
  readonly contracts: ContractSet;
}

/** Every version of which events may still be read, the newest last. */
export function releasedVersions(): readonly Released[] {
  const folder = `${ROOT}${SCHEMA_FOLDER}/released`;
  const versions = readdirSync(folder).sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  return versions.map((version) => ({
    version,
    contracts: Object.fromEntries(
      readdirSync(`${folder}/${version}`).map((file) => [
        file.replace(/\.json$/u, ''),
        JSON.parse(readFileSync(`${folder}/${version}/${file}`, 'utf8')) as TopicSchema,
      ]),
    ),
  }));
}
