import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { hasPython } from '../testing/python.js';
import { installedFuzzer } from './install.js';

/** Draws from two patterns with one class of many characters; counts how often a class is built. */
const DRAW = `
import json, sys
from hypothesis import Phase, given, seed, settings, strategies as st
from hypothesis.strategies._internal import regex
builder, built = regex.CharactersBuilder, []
class Counted(builder):
    def __init__(self, **options):
        built.append(options)
        super().__init__(**options)
regex.CharactersBuilder = Counted
if len(sys.argv) > 1:
    exec(open(sys.argv[1]).read())
drawn = []
for most in (3, 7):
    @seed(1)
    @settings(max_examples=20, database=None, phases=[Phase.generate])
    @given(st.from_regex("^[^\\u0000-\\u00ff\\U00010000-\\U00013fff]{1,%d}[a-c]?$" % most))
    def draw(text):
        drawn.append(text)
    draw()
print(json.dumps({"built": len(built), "drawn": drawn}))
`;

interface Drawn {
  readonly built: number;
  readonly drawn: readonly string[];
}

async function draw(python: string, ...hooks: string[]): Promise<Drawn> {
  const { stdout } = await promisify(execFile)(python, ['-c', DRAW, ...hooks]);
  return JSON.parse(stdout) as Drawn;
}

((await hasPython()) ? test : test.skip)(
  'with its hooks the fuzzer makes the same data, and builds a character class once (needs Python 3.11)',
  async () => {
    const python = join(dirname(await installedFuzzer(() => undefined)), 'python');
    const plain = await draw(python);
    const hooked = await draw(python, join(import.meta.dirname, 'hooks.py'));
    expect(plain.built).toBeGreaterThan(2);
    expect(hooked.built).toBe(2);
    expect(hooked.drawn).toEqual(plain.drawn);
    expect(hooked.drawn.length).toBeGreaterThan(20);
  },
  180_000,
);
