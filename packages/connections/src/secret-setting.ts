import { z } from 'zod';
import type { Credential } from './credential.js';
import { secretOf, settingsGroup, type Refuse } from './settings-group.js';

const secrets = new WeakSet<z.ZodType>();

/**
 * A secret, as a key of `settingsWithSecrets`: `X` is given as `X`, or as `X_FILE` with the path of a file, which is read
 * each time that the secret is used.
 * @param check says what is wrong with its text, if anything is, without repeating it
 */
export function secretSetting(check?: (text: string) => string | undefined) {
  return marked(secretGroup(check));
}

/**
 * Secrets that are valid beside each other, so that one can be exchanged for another: one a line.
 * @param most how many there may be
 * @param check says what is wrong with one of them
 */
export function secretsSetting(most: number, check: (secret: string) => string | undefined) {
  const fault = (text: string): string | undefined => {
    const found = linesOf(text);
    if (found.length > most) return `must hold ${most} or fewer, one a line`;
    return found.map(check).find((one) => one !== undefined);
  };
  return marked(
    secretGroup(fault).transform((text): Credential<readonly string[]> => ({
      current: () => linesOf(text.current()),
    })),
  );
}

/** An object of settings, some of them secrets: those are read from their value or their file. */
export function settingsWithSecrets<S extends z.ZodRawShape>(shape: S) {
  const names = Object.entries(shape).flatMap(([name, schema]) => (isSecret(schema) ? [name] : []));
  return z.preprocess((given) => {
    const all = { ...(given as Record<string, unknown>) };
    for (const name of names) all[name] = { VALUE: all[name], VALUE_FILE: all[`${name}_FILE`] };
    return all;
  }, z.object(shape));
}

function secretGroup(check?: (text: string) => string | undefined) {
  return settingsGroup((given, refuse): Credential<string> | undefined => {
    let refused = false;
    const no: Refuse = (setting, message) => {
      refused = true;
      refuse(setting === 'VALUE_FILE' ? 'FILE' : '', message);
    };
    const secret = secretOf(given, 'VALUE', no, check);
    if (secret === undefined && !refused) no('VALUE', 'is missing');
    return secret;
  });
}

function marked<S extends z.ZodType>(schema: S): S {
  secrets.add(schema);
  return schema;
}

function isSecret(schema: unknown): boolean {
  return schema instanceof z.ZodType && secrets.has(schema);
}

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
