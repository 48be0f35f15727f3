import { PROJECT_ROOT } from '../run/project.js';
import { checkWords } from '../repository/check-words.js';
import { ALLOWED_WORDS, RETIRED_WORDS } from '../repository/retired-words.js';

const findings = await checkWords(PROJECT_ROOT, RETIRED_WORDS, ALLOWED_WORDS);
for (const { path, line, found, say } of findings) {
  console.error(`${path}:${line}: "${found}" is not used any more (docs/glossary.md). Instead: ${say}.`);
}
process.exitCode = findings.length === 0 ? 0 : 1;
