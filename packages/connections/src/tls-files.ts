import { X509Certificate, createPrivateKey } from 'node:crypto';
import { CredentialError, fileCredential, type Credential } from './credential.js';
import type { CredentialReads } from './credential-reads.js';

/** Files for a TLS connection, PEM. The certificate and its key are given together. */
export interface TlsFiles {
  /** certificates of the authorities that the server's is checked against; without it Node's own list */
  readonly ca?: string | undefined;
  /** this process's own certificate, with its chain, for servers that ask for one */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** What `tls.connect` takes of them. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * The files' contents, read again for each connection.
 * @throws CredentialError naming the file that cannot be read, is no PEM, belongs to another key, or has expired (with
 *   the date)
 */
export function tlsCredential(files: TlsFiles, reads?: CredentialReads): Credential<TlsMaterial> {
  const { ca, cert, key } = files;
  const given = [ca, cert, key].filter((file) => file !== undefined);
  return fileCredential(
    given,
    (read) => ({
      ...(ca === undefined ? {} : { ca: checkedAuthorities(ca, read(ca)) }),
      ...(cert === undefined || key === undefined ? {} : checkedPair(cert, read(cert), key, read(key))),
    }),
    reads,
  );
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu;

function checkedAuthorities(file: string, pem: string): string {
  const certificates = (pem.match(PEM_CERTIFICATE) ?? []).map((one) => parsed(file, one));
  if (certificates.length === 0) throw new CredentialError(`holds no certificate in PEM: ${file}`, file);
  // while an authority is exchanged, the old one stands beside the new one: one that is valid is enough
  if (certificates.every(({ validToDate }) => validToDate.getTime() < Date.now())) {
    throw new CredentialError(`has expired on ${dayOf(certificates[0])}: ${file}`, file);
  }
  return pem;
}

function checkedPair(certFile: string, cert: string, keyFile: string, key: string): { cert: string; key: string } {
  const [first] = cert.match(PEM_CERTIFICATE) ?? [];
  if (first === undefined) throw new CredentialError(`holds no certificate in PEM: ${certFile}`, certFile);
  const certificate = parsed(certFile, first);
  if (certificate.validToDate.getTime() < Date.now()) {
    throw new CredentialError(`has expired on ${dayOf(certificate)}: ${certFile}`, certFile);
  }
  let privateKey;
  try {
    privateKey = createPrivateKey(key);
  } catch {
    throw new CredentialError(`holds no private key in PEM without a passphrase: ${keyFile}`, keyFile);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CredentialError(`is not the key of the certificate in ${certFile}: ${keyFile}`, keyFile);
  }
  return { cert, key };
}

function parsed(file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new CredentialError(`holds a certificate that cannot be read: ${file}`, file);
  }
}

function dayOf(certificate: X509Certificate | undefined): string {
  return certificate?.validToDate.toISOString().slice(0, 10) ?? 'an unknown day';
}
