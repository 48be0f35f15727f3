import { TOPIC_NAMES } from '../topics.js';
import { asyncApi } from './async-api.js';
import { overview } from './overview.js';
import { presentContracts, topicSchema } from './topic-schema.js';
import { EVENT_TYPE_FACTS } from '../events/index.js';

/** The folder of the current JSON Schemas; each released version has a folder below `released`. */
export const SCHEMA_FOLDER = 'packages/contracts/schemas';

/** Every generated document: its path from the root of the project, and its text. */
export function eventDocuments(version: string): ReadonlyMap<string, string> {
  return new Map([
    ...schemaFiles(SCHEMA_FOLDER),
    ...TOPIC_NAMES.map((topic): [string, string] => [
      `docs/events/${topic}.json`,
      jsonText(asyncApi(topic, topicSchema(topic, EVENT_TYPE_FACTS[topic]), version)),
    ]),
    ['docs/events/README.md', overview()],
  ]);
}

/** The current JSON Schemas as the files of a released version, which never change again. */
export function releasedFiles(version: string): ReadonlyMap<string, string> {
  return new Map(schemaFiles(`${SCHEMA_FOLDER}/released/${version}`));
}

function schemaFiles(folder: string): readonly [string, string][] {
  return Object.entries(presentContracts()).map(([topic, schema]) => [`${folder}/${topic}.json`, jsonText(schema)]);
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
