import { createHash } from 'node:crypto';
import { mix } from '../orders/mix.js';
import { codeEdits } from './code-edits.js';
import { applyEdit, lineAt, type Edit } from './edit.js';
import type { SourceFile } from './source-files.js';

/** A source with one edit. */
export interface Mutant {
  /** the same for the same text and edit: what a journal knows it by */
  readonly id: string;
  readonly file: SourceFile;
  readonly edit: Edit;
}

/** What became of a mutant. `refused`: by the compiler, before any test. `timeout` counts as noticed. */
export type Fate = 'killed' | 'timeout' | 'refused' | 'survived' | 'untested';

export interface Result {
  readonly id: string;
  readonly path: string;
  readonly line: number;
  readonly operator: string;
  readonly before: string;
  readonly after: string;
  readonly fate: Fate;
  /** the test file that noticed it */
  readonly by?: string;
}

/**
 * @param most of each file; the same ones for the same seed
 */
export function mutantsOf(file: SourceFile, most: number, seed: number): Mutant[] {
  const seen = new Set<string>();
  const mutants: Mutant[] = [];
  for (const edit of codeEdits(file.text)) {
    const id = createHash('sha256')
      .update(JSON.stringify([file.path, applyEdit(file.text, edit)]))
      .digest('hex')
      .slice(0, 16);
    if (!seen.has(id)) mutants.push({ id, file, edit });
    seen.add(id);
  }
  if (mutants.length <= most) return mutants;
  const chosen = new Set(mix(mutants, seed).slice(0, most));
  return mutants.filter((mutant) => chosen.has(mutant));
}

export function resultOf({ id, file, edit }: Mutant, fate: Fate, by?: string): Result {
  return {
    id,
    path: file.path,
    line: lineAt(file.text, edit.start),
    operator: edit.operator,
    before: file.text.slice(edit.start, edit.end),
    after: edit.text,
    fate,
    ...(by === undefined ? {} : { by }),
  };
}
