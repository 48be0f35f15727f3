import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { access, constants, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../certificates/index.js';
import { waitUntilStarted } from '../embedded/wait-until-started.js';
import { freePort } from '../free-port.js';
import { InfraError } from '../infra-error.js';
import { Keeper, type KeptProcess } from '../keeper/keeper.js';
import { until } from '../until.js';

export interface ApiServerOptions {
  /** further flags of kube-apiserver */
  readonly flags?: Readonly<Record<string, string>>;
}

interface Place {
  readonly binaries: string;
  readonly directory: string;
  readonly port: number;
  readonly etcdPort: number;
  readonly authority: string;
  readonly token: string;
  readonly flags: Readonly<Record<string, string>>;
}

/**
 * A Kubernetes API server of a test's own, with an etcd and without controllers: what is written is kept, and nothing
 * runs. To be killed, started again, and robbed of its history.
 */
export class OwnApiServer implements AsyncDisposable {
  #server: KeptProcess | undefined;
  #starts = 0;

  private constructor(
    private readonly keeper: Keeper,
    private readonly place: Place,
  ) {}

  /** Whether KUBEBUILDER_ASSETS names a folder with kube-apiserver and etcd. */
  static async available(): Promise<boolean> {
    return (await findBinaries()) !== undefined;
  }

  /** Starts it, empty. @throws InfraError when this machine has no binaries of it, or they do not start */
  static async open({ flags = {} }: ApiServerOptions = {}): Promise<OwnApiServer> {
    const binaries = await findBinaries();
    if (binaries === undefined) {
      throw new InfraError('INFRA_PLATFORM_UNSUPPORTED', 'KUBEBUILDER_ASSETS names no kube-apiserver and etcd.');
    }
    const keeper = await Keeper.start();
    try {
      const directory = await mkdtemp(join(tmpdir(), 'outrider-kubernetes-'));
      await keeper.removeAtEnd(directory);
      const authority = await createAuthority();
      const certificate = await authority.issue({ name: 'kube-apiserver', hosts: ['127.0.0.1', 'localhost'] });
      const token = randomBytes(24).toString('hex');
      const accounts = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const files = {
        'ca.crt': authority.cert,
        'tls.crt': certificate.cert,
        'tls.key': certificate.key,
        'tokens.csv': `${token},admin,admin,system:masters\n`,
        'accounts.key': accounts.privateKey.export({ type: 'sec1', format: 'pem' }),
      };
      for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text, { mode: 0o600 });
      const [port, etcdPort] = [await freePort(), await freePort()];
      const place = { binaries, directory, port, etcdPort, authority: authority.cert, token, flags };
      const server = new OwnApiServer(keeper, place);
      await server.#startEtcd();
      await server.start();
      await mkdir(server.account);
      const account = { 'ca.crt': authority.cert, token, namespace: 'default' };
      for (const [name, text] of Object.entries(account)) await writeFile(join(server.account, name), text);
      await writeFile(server.kubeconfig, server.kubeconfigFor(token), { mode: 0o600 });
      keeper.started();
      return server;
    } catch (error) {
      await keeper.end();
      throw error;
    }
  }

  /** The certificate of the authority that its own is of, PEM. */
  get authority(): string {
    return this.place.authority;
  }

  get url(): string {
    return `https://127.0.0.1:${this.place.port}`;
  }

  /** The path of a kubeconfig whose user may do everything. */
  get kubeconfig(): string {
    return join(this.place.directory, 'kubeconfig');
  }

  /** A folder with the files of a ServiceAccount, as a pod has them, of the user who may do everything. */
  get account(): string {
    return join(this.place.directory, 'account');
  }

  /**
   * The text of a kubeconfig.
   * @param token of a user or ServiceAccount
   * @param server another address, of a proxy to this one
   */
  kubeconfigFor(token: string, server = this.url): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'test',
          cluster: { server, 'certificate-authority-data': Buffer.from(this.place.authority).toString('base64') },
        },
      ],
      users: [{ name: 'test', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test',
    });
  }

  /** As `kubeconfigFor`, of the user who may do everything. */
  adminKubeconfig(server = this.url): string {
    return this.kubeconfigFor(this.place.token, server);
  }

  /** Ends the API server at once; etcd keeps what was written. */
  async kill(): Promise<void> {
    if (this.#server === undefined) throw new InfraError('INFRA_NOT_STARTED', 'This API server was never started.');
    process.kill(this.#server.pid, 'SIGKILL');
    await this.#server.exited;
  }

  /** Starts the API server after `kill`, at the same address. Resolves once it is ready. */
  async start(): Promise<void> {
    const { directory, etcdPort, port, flags } = this.place;
    const file = (name: string): string => join(directory, name);
    this.#server = await this.#spawn('kube-apiserver', {
      '--etcd-servers': `http://127.0.0.1:${etcdPort}`,
      '--bind-address': '127.0.0.1',
      '--advertise-address': '127.0.0.1',
      '--secure-port': String(port),
      '--tls-cert-file': file('tls.crt'),
      '--tls-private-key-file': file('tls.key'),
      '--token-auth-file': file('tokens.csv'),
      '--authorization-mode': 'RBAC',
      '--service-account-issuer': 'https://kubernetes.default.svc',
      '--service-account-key-file': file('accounts.key'),
      '--service-account-signing-key-file': file('accounts.key'),
      '--service-cluster-ip-range': '10.96.0.0/16',
      '--endpoint-reconciler-type': 'none',
      // no controller makes the ServiceAccount that it would ask for
      '--disable-admission-plugins': 'ServiceAccount',
      ...flags,
    });
    const process = this.#server;
    let ended = false;
    void process.exited.then(() => (ended = true));
    await until('the API server is ready', async () => {
      if (ended) throw new InfraError('INFRA_START_FAILED', `kube-apiserver ended; its log is in ${directory}`);
      return this.#isReady();
    });
  }

  /**
   * Forgets all history but the present: a watch that begins earlier is answered 410. Without effect on watches that
   * the API server answers out of its own memory, so it is restarted.
   */
  async forgetHistory(): Promise<void> {
    const ask = async (path: string, body: object): Promise<unknown> => {
      const answer = await fetch(`http://127.0.0.1:${this.place.etcdPort}${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`etcd answered ${answer.status}: ${await answer.text()}`);
      return answer.json();
    };
    await this.kill();
    const status = (await ask('/v3/maintenance/status', {})) as { header: { revision: string } };
    await ask('/v3/kv/compaction', { revision: status.header.revision, physical: true });
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keeper.end();
  }

  async #startEtcd(): Promise<void> {
    const { directory, etcdPort } = this.place;
    const [client, peer] = [`http://127.0.0.1:${etcdPort}`, `http://127.0.0.1:${await freePort()}`];
    const etcd = await this.#spawn('etcd', {
      '--name': 'test',
      '--data-dir': join(directory, 'etcd'),
      '--log-level': 'info',
      '--listen-client-urls': client,
      '--advertise-client-urls': client,
      '--listen-peer-urls': peer,
      '--initial-advertise-peer-urls': peer,
      '--initial-cluster': `test=${peer}`,
    });
    await waitUntilStarted('etcd', etcd, this.#logFile('etcd'), /ready to serve client requests/u);
  }

  async #spawn(name: string, flags: Readonly<Record<string, string>>): Promise<KeptProcess> {
    this.#starts += 1;
    const logFile = this.#logFile(name);
    await writeFile(logFile, '');
    return this.keeper.spawn({
      command: join(this.place.binaries, name),
      args: Object.entries(flags).map(([flag, value]) => `${flag}=${value}`),
      env: process.env,
      cwd: this.place.directory,
      logFile,
      stopSignal: 'SIGKILL',
    });
  }

  #logFile(name: string): string {
    return join(this.place.directory, `${name}-${this.#starts}.log`);
  }

  #isReady(): Promise<boolean> {
    const { authority, token } = this.place;
    return new Promise((resolve) => {
      const asked = request(
        `${this.url}/readyz`,
        { ca: authority, headers: { authorization: `Bearer ${token}` }, agent: false, timeout: 2_000 },
        (answer) => {
          answer.resume();
          answer.on('end', () => resolve(answer.statusCode === 200));
          answer.on('error', () => resolve(false));
        },
      );
      asked.on('timeout', () => asked.destroy(new Error('no answer')));
      asked.on('error', () => resolve(false));
      asked.end();
    });
  }
}

async function findBinaries(): Promise<string | undefined> {
  const folder = process.env['KUBEBUILDER_ASSETS'] ?? '';
  if (folder === '') return undefined;
  for (const name of ['kube-apiserver', 'etcd']) {
    const there = await access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!there) return undefined;
  }
  return folder;
}
