import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../run/project.js';

/** A change of one file that a guide asks for. */
export type Step =
  | { readonly kind: 'new file'; readonly path: string; readonly text: string }
  | { readonly kind: 'copy'; readonly path: string; readonly from: string }
  | { readonly kind: 'change'; readonly path: string; readonly places: readonly Place[] };

/** Lines that stand in the file once, and what stands there afterwards. */
export interface Place {
  readonly before: string;
  readonly after: string;
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gmu;
const NEW_FILE = /^\/\/ (\S+\/\S+)\n/u;
const COPIED = /^cp (?:-r )?(\S+) (\S+)$/gmu;
const CHANGED_FILE = /^\+\+\+ (\S+\/\S+)\n/u;

/** What docs/extending.md asks for below a heading. */
export function stepsOf(heading: string): readonly Step[] {
  return stepsBelow(readFileSync(join(PROJECT_ROOT, 'docs/extending.md'), 'utf8'), heading);
}

/**
 * The steps below a heading of a guide, down to the next heading of its rank. A ts block is a new file and begins with
 * its path in a comment; cp in a sh block copies a file or a folder; a diff block begins with +++ and the path, shows lines as they are, with - and with +, and has
 * a line @@ between two places of one file. Any other block is not a step.
 *
 * @param heading letters, spaces and colons
 * @throws Error when there is no such heading
 */
export function stepsBelow(guide: string, heading: string): readonly Step[] {
  const start = new RegExp(String.raw`^(#+) ${heading}$`, 'mu').exec(guide);
  if (start === null) throw new Error(`no heading "${heading}"`);
  const [line, rank = ''] = start;
  const section = guide.slice(start.index + line.length);
  const next = new RegExp(`^#{1,${rank.length}} `, 'mu').exec(section);
  return [...section.slice(0, next?.index).matchAll(FENCE)].flatMap(([, language, text = '']): readonly Step[] => {
    if (language === 'ts') {
      const path = NEW_FILE.exec(text)?.[1];
      return path === undefined ? [] : [{ kind: 'new file', path, text: text.replace(NEW_FILE, '') }];
    }
    if (language === 'sh') {
      return [...text.matchAll(COPIED)].map(([, from = '', path = '']) => ({ kind: 'copy', path, from }));
    }
    const path = language === 'diff' ? CHANGED_FILE.exec(text)?.[1] : undefined;
    if (path === undefined) return [];
    return [{ kind: 'change', path, places: text.replace(CHANGED_FILE, '').split(/^@@\n/mu).map(hunkOf) }];
  });
}

function hunkOf(diff: string): Place {
  const lines = diff.split('\n').slice(0, -1);
  const side = (without: string): string =>
    lines.flatMap((line) => (line.startsWith(without) ? [] : [`${line.slice(1)}\n`])).join('');
  return { before: side('+'), after: side('-') };
}

/** The file with the change made. @throws Error when the lines are not there, or not once: the guide is out of date */
export function changed(text: string, { path, places }: Extract<Step, { kind: 'change' }>): string {
  return places.reduce((now, { before, after }) => {
    const times = now.split(before).length - 1;
    if (times !== 1) throw new Error(`${path} has these lines ${times} times, not once:\n${before}`);
    return now.replace(before, () => after);
  }, text);
}
