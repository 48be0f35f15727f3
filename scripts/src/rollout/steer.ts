import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CommandName,
  type CommerceService,
  type CommerceServiceStatus,
  commandAnnotation,
} from '@outrider/operator/api';
import { CommandError } from '../cli/errors.js';
import { Shown } from '../outrider/shown.js';
import { FoundService, type RolloutOptions } from './find-service.js';
import { EXIT, exitOf, lineOf, previousOf, showRollout } from './show-rollout.js';

export interface WatchOptions extends RolloutOptions {
  /** ms */
  readonly timeout?: number;
}

export interface SteerOptions extends WatchOptions {
  readonly revision?: string;
  readonly wait?: true;
}

const LOOK_EVERY_MS = 500;
/** A command is answered within seconds where an operator runs. */
const ANSWER_MS = 30_000;

/** Shows how a service stands. @returns 0 stable, 3 under way, 4 needs a person */
export function status(options: RolloutOptions, name: string): Promise<number> {
  return FoundService.use(options, name, async (service) => show(options, await service.read()));
}

/** Shows each change until nothing goes on. @returns as `status` does; 3 when the time is over */
export function watch(options: WatchOptions, name: string): Promise<number> {
  return FoundService.use(options, name, (service) => follow(options, service));
}

/**
 * Gives a command and shows what is answered.
 * @returns 0: accepted; 1: refused; with `wait` as `watch` does
 * @throws CommandError when no operator answers, or there is no revision that the command could be about
 */
export function steer(command: CommandName, options: SteerOptions, name: string): Promise<number> {
  return FoundService.use(options, name, async (service) => {
    const before = await service.read();
    const revision = options.revision ?? revisionFor(command, before.status ?? {});
    if (revision === undefined) {
      throw new CommandError(`${name} has no revision that ${command} could be about; say it by --revision.`);
    }
    await service.annotate(commandAnnotation(command), revision);
    const answer = await answered(service, command, revision, before.status?.command?.at);
    if (options.wait !== true || !answer.accepted) {
      new Shown(options.json === true).result(answer, (screen) =>
        screen.line(`${command} ${revision}: ${answer.accepted ? '' : 'refused: '}${answer.message}`),
      );
      return answer.accepted ? 0 : 1;
    }
    return follow(options, service);
  });
}

/** The revision that a command is about, where none is said. */
export function revisionFor(command: CommandName, status: CommerceServiceStatus): string | undefined {
  switch (command) {
    case 'promote':
    case 'abort':
    case 'pause':
    case 'resume':
      return status.rollout?.revision;
    case 'retry':
      return status.specRevision;
    case 'undo':
      return previousOf(status);
    case 'restart':
    case 'contract':
      return status.stableRevision;
  }
}

async function answered(
  service: FoundService,
  command: CommandName,
  revision: string,
  before: string | undefined,
): Promise<NonNullable<CommerceServiceStatus['command']>> {
  const deadline = performance.now() + ANSWER_MS;
  while (performance.now() < deadline) {
    const { metadata, status: found } = await service.read();
    const answer = found?.command;
    const isAnswer = answer?.name === command && answer.value === revision && answer.at !== before;
    if (isAnswer && metadata.annotations?.[commandAnnotation(command)] === undefined) return answer;
    await sleep(LOOK_EVERY_MS);
  }
  throw new CommandError(
    `no operator has answered in ${ANSWER_MS / 1_000} s; ${command}=${revision} stays on ${service.name} until one does.`,
  );
}

async function follow(options: WatchOptions, service: FoundService): Promise<number> {
  const deadline = performance.now() + (options.timeout ?? Infinity);
  let last = '';
  for (;;) {
    const found = await service.read();
    const line = lineOf(found);
    if (line !== last && options.json !== true) process.stdout.write(`${line}\n`);
    last = line;
    const code = exitOf(found);
    if (code !== EXIT.underWay || performance.now() > deadline) {
      return options.json === true ? show(options, found) : code;
    }
    await sleep(LOOK_EVERY_MS);
  }
}

function show(options: RolloutOptions, service: CommerceService): number {
  const { metadata, status: found = {} } = service;
  const result = { name: metadata.name, namespace: metadata.namespace, ...found };
  new Shown(options.json === true).result(result, (screen) => showRollout(screen, service));
  return exitOf(service);
}
