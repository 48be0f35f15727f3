import { z } from 'zod';
import { CredentialError, fixedCredential, secretFile, type Credential } from './credential.js';
import { tlsCredential, type TlsMaterial } from './tls-files.js';

/** The settings of one server, by what stands behind its name and `_`: of `DATABASE_URL` it is `URL`. */
export type Given = Readonly<Record<string, string | undefined>>;

/** Reports what is wrong with a setting of the group; never with its value. */
export type Refuse = (setting: string, message: string) => void;

/**
 * A server that is described by several settings, as one key of a process's settings: `DATABASE: postgresSettings`
 * reads `DATABASE_URL`, `DATABASE_PASSWORD_FILE` and so on. `readConfig` gathers them.
 * @param read answers undefined when it has refused something
 */
export function settingsGroup<T>(read: (given: Given, refuse: Refuse) => T | undefined) {
  return z.unknown().transform((given, context): T => {
    const refuse: Refuse = (setting, message) => context.addIssue({ code: 'custom', path: [setting], message });
    return usable('', refuse, () => read(isGiven(given) ? given : {}, refuse)) ?? z.NEVER;
  });
}

function isGiven(value: unknown): value is Given {
  return typeof value === 'object' && value !== null;
}

/**
 * A secret that is given as `NAME` or, in a file, as `NAME_FILE`.
 * @param check says what is wrong with its text, if anything is
 * @returns undefined when neither is given, or something was refused
 */
export function secretOf(
  given: Given,
  name: string,
  refuse: Refuse,
  check: (text: string) => string | undefined = () => undefined,
): Credential<string> | undefined {
  const [value, file] = [given[name], given[`${name}_FILE`]];
  if (value !== undefined && file !== undefined) {
    refuse(name, 'is given twice: by value and as …_FILE');
    return undefined;
  }
  if (value !== undefined) {
    const fault = check(value);
    if (fault !== undefined) refuse(name, fault);
    return fault === undefined ? fixedCredential(value) : undefined;
  }
  return file === undefined ? undefined : usable(`${name}_FILE`, refuse, () => secretFile(file, check));
}

/** What `open` gives, unless a file is not usable: that is refused by the setting's name. */
export function usable<T>(setting: string, refuse: Refuse, open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    refuse(setting, error.message);
    return undefined;
  }
}

/**
 * The files of a TLS connection: `CA_FILE`, and `CERT_FILE` with `KEY_FILE`, which need each other.
 * @returns undefined when something was refused
 */
export function tlsOf(given: Given, refuse: Refuse): Credential<TlsMaterial> | undefined {
  const { CA_FILE: ca, CERT_FILE: cert, KEY_FILE: key } = given;
  if ((cert === undefined) !== (key === undefined)) {
    refuse(cert === undefined ? 'CERT_FILE' : 'KEY_FILE', 'is missing: a certificate and its key are given together');
    return undefined;
  }
  try {
    return tlsCredential({ ca, cert, key });
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    const setting = { [ca ?? '']: 'CA_FILE', [key ?? '']: 'KEY_FILE', [cert ?? '']: 'CERT_FILE' }[error.file ?? ''];
    refuse(setting ?? 'CA_FILE', error.message);
    return undefined;
  }
}

/** Whether any file of a TLS connection is given. */
export function hasTlsFiles({ CA_FILE, CERT_FILE, KEY_FILE }: Given): boolean {
  return [CA_FILE, CERT_FILE, KEY_FILE].some((file) => file !== undefined);
}
