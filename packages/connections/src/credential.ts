import { readFileSync } from 'node:fs';
import { credentialReads, type CredentialReads } from './credential-reads.js';

/** A credential that cannot be used; the message names the file or the setting and never what is in it. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
  readonly code = 'CREDENTIAL_UNUSABLE';

  constructor(
    message: string,
    /** the file that is missing, empty or wrong */
    readonly file?: string,
  ) {
    super(message);
  }
}

/** Something that each new connection asks for again, because it may have changed. */
export interface Credential<T> {
  /** What it is now. Where a file was usable once and is not now, what it held then. */
  current(): T;
}

/** A credential that stands in the environment: it does not change while the process lives. */
export function fixedCredential<T>(value: T): Credential<T> {
  return { current: () => value };
}

/**
 * A credential in one or more files, read at each `current()`: a mounted secret is exchanged while the process runs.
 * What can no longer be read or is no good leaves the credential as it was; that is counted, and reported once.
 * @param load reads the files and throws what is wrong with them
 * @throws CredentialError when it is not usable from the start
 */
export function fileCredential<T>(
  files: readonly string[],
  load: (read: (file: string) => string) => T,
  reads: CredentialReads = credentialReads,
): Credential<T> {
  let last: { value: T } | undefined;
  const attempt = (): T => {
    try {
      const value = load(readText);
      for (const file of files) reads.read(file);
      last = { value };
      return value;
    } catch (error) {
      const file = error instanceof CredentialError ? (error.file ?? files[0]) : files[0];
      if (file !== undefined) reads.failed(file, reasonOf(error));
      if (last === undefined) throw error;
      return last.value;
    }
  };
  attempt();
  return { current: attempt };
}

/** @throws CredentialError saying that the file is missing, may not be read, or is empty */
export function readText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CredentialError(`cannot be read: ${file}: ${codeOf(error)}`, file);
  }
  if (text.trim() === '') throw new CredentialError(`is empty: ${file}`, file);
  return text;
}

/** A password, key or URL in a file: line ends behind it do not belong to it. */
export function secretFile(
  file: string,
  check: (text: string) => string | undefined = () => undefined,
  reads?: CredentialReads,
): Credential<string> {
  return fileCredential(
    [file],
    (read) => {
      const text = read(file).replace(/[\r\n]+$/u, '');
      const fault = check(text);
      if (fault !== undefined) throw new CredentialError(`${fault}: ${file}`, file);
      return text;
    },
    reads,
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
}
