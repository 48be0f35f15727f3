import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';

/** Headings with those above them; what stands between fences is not one. */
function sectionsOf(text: string): string[] {
  const path: string[] = [];
  return [...text.replaceAll(/^```.*?^```/gmsu, '').matchAll(/^(#+) (.+)$/gmu)].map(([, marks = '', title = '']) => {
    path.splice(marks.length - 1, path.length, title);
    return path.join(' / ');
  });
}

test('no document has a section twice', async () => {
  const twice: string[] = [];
  for await (const file of glob('docs/**/*.md', { cwd: PROJECT_ROOT })) {
    const sections = sectionsOf(readFileSync(join(PROJECT_ROOT, file), 'utf8'));
    expect({ file, any: sections.length > 0 }).toEqual({ file, any: true });
    twice.push(...sections.filter((section, at) => sections.indexOf(section) < at).map((one) => `${file}: ${one}`));
  }
  expect(twice).toEqual([]);
});
