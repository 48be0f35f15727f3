import { CommandError, UsageError } from '../cli/errors.js';
import { runRoot } from '../run/run-directory.js';
import { readUpFile } from '../run/up-file.js';
import { AdminClient } from './admin-client.js';
import { forwardPort } from './forward-port.js';
import { SERVICES, type Options, type Service } from './options.js';

/** Of the Services of the charts. */
const PORTS = { admin: 9090, public: 8080 };

/** The services that a command speaks to: the one named, the one at --url, or all of an installation. */
export async function targetsOf(options: Options, env: NodeJS.ProcessEnv = process.env): Promise<AdminClient[]> {
  const names = options.service === undefined ? SERVICES : [options.service];
  const elsewhere = remoteTargets(options, env, names, 'admin');
  if (elsewhere !== undefined) return elsewhere;
  const { services, tokens } = await readUpFile(runRoot(env));
  return names.map((name) => {
    const urls = services[name].metricsUrls.map((url) => url.replace(/\/metrics$/u, ''));
    return ofUp(name, urls, tokens.admin, options, env);
  });
}

/** Where orders are asked for: the order service's public side. */
export async function orderApi(options: Options, env: NodeJS.ProcessEnv = process.env): Promise<AdminClient> {
  const [elsewhere] = remoteTargets(options, env, ['order'], 'public') ?? [];
  if (elsewhere !== undefined) return elsewhere;
  const { services, tokens } = await readUpFile(runRoot(env));
  return ofUp('order', [services.order.url], tokens.admin, options, env);
}

/** Of what scripts/up runs: its own token is known. */
function ofUp(
  name: Service,
  urls: readonly string[],
  own: string,
  options: Options,
  env: NodeJS.ProcessEnv,
): AdminClient {
  const token = options.token ?? env['OUTRIDER_TOKEN'];
  return new AdminClient(name, async () => urls, token ?? own, token === undefined);
}

/** What --url or --namespace name; undefined without either. */
function remoteTargets(
  options: Options,
  env: NodeJS.ProcessEnv,
  names: readonly Service[],
  side: keyof typeof PORTS,
): AdminClient[] | undefined {
  const { url, namespace, release = 'outrider' } = options;
  const named = url === undefined ? '--namespace' : '--url';
  if (url === undefined && namespace === undefined) {
    if (options.kubeconfig === undefined && options.context === undefined) return undefined;
    throw new UsageError('say in which namespace of the cluster with --namespace.');
  }
  if (url !== undefined && namespace !== undefined) throw new UsageError('say --url or --namespace, not both.');
  const token = options.token ?? env['OUTRIDER_TOKEN'];
  if (token === undefined) throw new UsageError(`${named} needs --token, or OUTRIDER_TOKEN in the environment.`);
  if (url !== undefined) return [new AdminClient(options.service ?? new URL(url).host, async () => [url], token)];
  const suffix = side === 'admin' ? '-admin' : '';
  return names.map((name) => {
    let forwarded: Promise<string> | undefined;
    const urls = async () => [
      await (forwarded ??= forwardPort(`${release}-${name}${suffix}`, PORTS[side], options, env)),
    ];
    return new AdminClient(name, urls, token);
  });
}

/** What one service answered. */
export interface Answered<T> {
  readonly target: AdminClient;
  readonly value: T;
}

/** Asks all at once; those that fail are reported one by one at the end, after what the others said was shown. */
export async function askAll<T>(
  targets: readonly AdminClient[],
  ask: (target: AdminClient) => Promise<T>,
): Promise<{ answers: Answered<T>[]; failure: CommandError | undefined }> {
  const ends = await Promise.allSettled(targets.map(async (target) => ({ target, value: await ask(target) })));
  const answers = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const failures: string[] = [];
  for (const end of ends) {
    if (end.status === 'fulfilled') continue;
    if (!(end.reason instanceof CommandError)) throw end.reason;
    failures.push(end.reason.message);
  }
  return { answers, failure: failures.length === 0 ? undefined : new CommandError(failures.join('\n')) };
}

/**
 * The one service where something is parked.
 * @throws CommandError when it is parked nowhere, or in several
 */
export async function onlyHolder<T>(
  targets: readonly AdminClient[],
  what: string,
  find: (target: AdminClient) => Promise<T | undefined>,
): Promise<Answered<T>> {
  const { answers, failure } = await askAll(targets, find);
  // one that does not answer may have it too
  if (failure !== undefined) throw failure;
  const holders = answers.flatMap(({ target, value }) => (value === undefined ? [] : [{ target, value }]));
  const [holder] = holders;
  if (holder === undefined) throw new CommandError(`${what} is not parked.`);
  if (holders.length > 1) {
    const names = holders.map(({ target }) => target.name).join(' and ');
    throw new UsageError(`${what} is parked in ${names}: say which with --service.`);
  }
  return holder;
}

/** The one service that is named. */
export async function onlyTarget(options: Options): Promise<AdminClient> {
  const targets = await targetsOf(options);
  const [target] = targets;
  if (target === undefined || targets.length > 1) throw new UsageError('say of which service with --service.');
  return target;
}
