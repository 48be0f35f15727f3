import { CommandError, UsageError } from '../cli/errors.js';
import { runRoot } from '../run/run-directory.js';
import { readUpFile } from '../run/up-file.js';
import { AdminClient } from './admin-client.js';
import { SERVICES, type Options } from './options.js';

/** The services that a command speaks to: the one named, the one at --url, or all of the running installation. */
export async function targetsOf(options: Options, env: NodeJS.ProcessEnv = process.env): Promise<AdminClient[]> {
  const token = options.token ?? env['OUTRIDER_TOKEN'];
  if (options.url !== undefined) {
    if (token === undefined) throw new UsageError('--url needs --token, or OUTRIDER_TOKEN in the environment.');
    return [new AdminClient(options.service ?? new URL(options.url).host, [options.url], token)];
  }
  const { services, tokens } = await readUpFile(runRoot(env));
  const names = options.service === undefined ? SERVICES : [options.service];
  return names.map(
    (name) =>
      new AdminClient(
        name,
        services[name].metricsUrls.map((url) => url.replace(/\/metrics$/u, '')),
        token ?? tokens.admin,
        token === undefined,
      ),
  );
}

/** Where orders are asked for: the order service's public side. */
export async function orderApi(options: Options, env: NodeJS.ProcessEnv = process.env): Promise<AdminClient> {
  if (options.url !== undefined) {
    const [target] = await targetsOf(options, env);
    if (target !== undefined) return target;
  }
  const { services, tokens } = await readUpFile(runRoot(env));
  const token = options.token ?? env['OUTRIDER_TOKEN'];
  return new AdminClient('order', [services.order.url], token ?? tokens.admin, token === undefined);
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
