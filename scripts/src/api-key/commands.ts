import { plural, Screen, type Output } from '../cli/screen.js';
import { changeKeys, readKeys } from './keys-file.js';
import { hashOf, idOf, newKey, withKey, withoutKeys, type Which } from './keys.js';

/** Where a command reads and writes. */
export interface Surroundings {
  readonly file: string;
  readonly json: boolean;
  /** for results; a new key goes here alone, so that it can be piped to where secrets are kept */
  readonly out: Output;
  /** for what people read beside it */
  readonly err: Output;
}

/** Makes a key, shows it this once, and keeps its hash. */
export async function make(
  { file, json, out, err }: Surroundings,
  { name, scopes }: { readonly name: string; readonly scopes: readonly string[] },
): Promise<number> {
  const key = newKey();
  const hash = hashOf(key);
  let keys = 0;
  let its: readonly string[] = [];
  await changeKeys(file, (before) => {
    const after = withKey(before, name, scopes, hash);
    const caller = after.find((one) => one.name === name);
    keys = caller?.hashes.length ?? 0;
    its = caller?.scopes ?? [];
    return after;
  });
  if (json) {
    print(out, { name, id: idOf(hash), key, scopes: its, keys, file });
    return 0;
  }
  out.write(`${key}\n`);
  const screen = new Screen(err);
  screen.line(`Key ${idOf(hash)} of ${name} for ${its.join(', ')}. It is shown this once; ${file} has only its hash.`);
  if (keys > 1) {
    screen.line('The older one stays valid: when nobody uses it any more, scripts/api-key revoke --older.');
  }
  return 0;
}

/** Revokes keys: services refuse them as soon as they have read the file again. */
export async function revoke(
  { file, json, out }: Surroundings,
  { name, which }: { readonly name: string; readonly which: Which },
): Promise<number> {
  let ids: string[] = [];
  let left: string[] = [];
  await changeKeys(file, (before) => {
    const { keys, revoked } = withoutKeys(before, name, which);
    ids = revoked.map(idOf);
    left = (keys.find((one) => one.name === name)?.hashes ?? []).map(idOf);
    return keys;
  });
  if (json) print(out, { name, revoked: ids, left, file });
  else out.write(`Revoked ${ids.join(', ')} of ${name}; ${left.length === 0 ? 'no key' : left.join(', ')} is left.\n`);
  return 0;
}

/** Shows who has keys, what they are called and what they open. */
export async function list({ file, json, out }: Surroundings): Promise<number> {
  const callers = (await readKeys(file)).map(({ name, hashes, scopes }) => ({ name, ids: hashes.map(idOf), scopes }));
  if (json) {
    print(out, callers);
    return 0;
  }
  const screen = new Screen(out);
  screen.rows(callers.map(({ name, ids, scopes }) => [name, ids.join(' '), scopes.join(' ')]));
  screen.line(
    callers.length === 0
      ? `No API keys in ${file}.`
      : `${plural(callers.length, 'caller')} in ${file}, ${plural(callers.flatMap(({ ids }) => ids).length, 'key')}.`,
  );
  return 0;
}

function print(out: Output, value: unknown): void {
  out.write(`${JSON.stringify(value)}\n`);
}
