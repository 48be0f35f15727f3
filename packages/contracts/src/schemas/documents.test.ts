import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ROOT } from '../testing/released.js';
import { eventDocuments, SCHEMA_FOLDER } from './documents.js';

const { version } = JSON.parse(readFileSync(`${ROOT}packages/contracts/package.json`, 'utf8')) as { version: string };
const DOCUMENTS = eventDocuments(version);

test.each([...DOCUMENTS.keys()])('%s is current (npm run docs:events makes it so)', (path) => {
  expect(readFileSync(ROOT + path, 'utf8')).toBe(DOCUMENTS.get(path));
});

test.each([SCHEMA_FOLDER, 'docs/events'])('%s holds nothing of topics that are gone', (folder) => {
  const files = readdirSync(ROOT + folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.map(({ name }) => `${folder}/${name}`).filter((path) => !DOCUMENTS.has(path))).toEqual([]);
});
