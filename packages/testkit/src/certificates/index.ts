import { generateKeyPair } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import forge from 'node-forge';

const DAY_MS = 86_400_000;

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** the subject's common name: servers that map clients to users take it for the user's name */
  readonly name: string;
  /** DNS names and IP addresses that a server answers by; none for a client */
  readonly hosts?: readonly string[];
  /** how long it is valid, from a day ago; negative for one that has expired; 30 days unless given */
  readonly days?: number;
}

/** A certificate authority of a test or a local run. It lives in memory and is trusted by nobody else. */
export interface CertificateAuthority {
  /** its certificate, PEM */
  readonly cert: string;
  /** A new key, and a certificate for it that servers and clients can use alike. */
  issue(request: CertificateRequest): Promise<KeyPair>;
}

/** Makes an authority with a key of its own. */
export async function createAuthority(name = 'Outrider test authority'): Promise<CertificateAuthority> {
  const keys = await rsaKeys();
  const subject = [{ name: 'commonName', value: name }];
  const root = certificate(keys.publicKey, 30);
  root.setSubject(subject);
  root.setIssuer(subject);
  root.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  root.sign(keys.privateKey, forge.md.sha256.create());
  return {
    cert: forge.pki.certificateToPem(root),
    async issue({ name: common, hosts = [], days = 30 }) {
      const own = await rsaKeys();
      const issued = certificate(own.publicKey, days);
      issued.setSubject([{ name: 'commonName', value: common }]);
      issued.setIssuer(subject);
      issued.setExtensions([
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
        // which of two authorities of one name has signed it, while one takes the other's place
        { name: 'authorityKeyIdentifier', keyIdentifier: root.generateSubjectKeyIdentifier().getBytes() },
        ...(hosts.length === 0
          ? []
          : [
              {
                name: 'subjectAltName',
                altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
              },
            ]),
      ]);
      issued.sign(keys.privateKey, forge.md.sha256.create());
      return { cert: forge.pki.certificateToPem(issued), key: own.pkcs8 };
    },
  };
}

function certificate(publicKey: forge.pki.rsa.PublicKey, days: number): forge.pki.Certificate {
  const made = forge.pki.createCertificate();
  made.publicKey = publicKey;
  // positive, as DER has it
  made.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(15))}`;
  const now = Date.now();
  made.validity.notBefore = new Date(now - Math.max(1, 1 - days) * DAY_MS - DAY_MS);
  made.validity.notAfter = new Date(now + days * DAY_MS);
  return made;
}

async function rsaKeys() {
  // Node makes keys in a thread and quicker; PKCS#8 is what PostgreSQL, Kafka and Redis read
  const { privateKey: pkcs8 } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const privateKey = forge.pki.privateKeyFromPem(pkcs8);
  return { pkcs8, privateKey, publicKey: forge.pki.setRsaPublicKey(privateKey.n, privateKey.e) };
}
