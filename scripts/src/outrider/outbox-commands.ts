import { setTimeout as sleep } from 'node:timers/promises';
import {
  deadLetterPageSchema,
  eventCountSchema,
  eventTraceSchema,
  outboxKeySchema,
  outboxShardsSchema,
  outboxStatusSchema,
  replaySchema,
  retriedSchema,
  type DeadLetter,
  type Replay,
} from '@outrider/contracts';
import { CommandError, UsageError } from '../cli/errors.js';
import { count, plural } from '../cli/screen.js';
import type { AdminClient } from './admin-client.js';
import type { Options } from './options.js';
import { DEAD_LETTER_HEADINGS, deadLetterRow, oneLine, Shown } from './shown.js';
import { holdings, rangesOf } from './shard-holdings.js';
import { askAll, onlyHolder, onlyTarget, targetsOf } from './targets.js';

const POLL_MS = 200;

export async function status(options: Options): Promise<number> {
  const { answers, failure } = await askAll(await targetsOf(options), (target) =>
    target.get('/outbox/status', outboxStatusSchema),
  );
  new Shown(options.json === true).result(
    answers.map(({ target, value }) => ({ service: target.name, ...value })),
    (screen) => {
      if (answers.length === 0) return;
      screen.rows(
        [
          ['service', 'unpublished', 'oldest since', 'dead keys', 'dead events', 'retrying keys', 'relays'],
          ...answers.map(({ target, value }) => [
            target.name,
            count(value.unpublished),
            value.oldestUnpublishedAt ?? '-',
            count(value.deadKeys),
            count(value.deadEvents),
            count(value.retryingKeys),
            value.relays.map(({ owner, shards }) => `${owner} (${shards})`).join(' ') || 'none',
          ]),
        ],
        [1, 3, 4, 5],
      );
    },
  );
  return ended(failure);
}

export async function shards(options: Options): Promise<number> {
  const { answers, failure } = await askAll(await targetsOf(options), (target) =>
    target.get('/outbox/shards', outboxShardsSchema),
  );
  new Shown(options.json === true).result(
    answers.map(({ target, value }) => ({ service: target.name, shards: value.data })),
    (screen) => {
      for (const { target, value } of answers) {
        screen.heading(target.name);
        screen.rows(
          [
            ['held by', 'shards', `of ${value.data.length}`, 'waiting', 'oldest since', 'lease until'],
            ...holdings(value.data).map(({ holder, shards, pending, oldestPending, leaseUntil }) => [
              holder,
              rangesOf(shards),
              count(shards.length),
              count(pending),
              oldestPending ?? '-',
              leaseUntil ?? '-',
            ]),
          ],
          [2, 3],
        );
      }
    },
  );
  return ended(failure);
}

export async function parked(options: Options, key: string | undefined): Promise<number> {
  const targets = await targetsOf(options);
  const shown = new Shown(options.json === true);
  if (key === undefined) return listDeadLetters(targets, 'outbox', shown);
  const { target, value } = await holderOf(targets, key);
  shown.result({ service: target.name, ...value }, (screen) => {
    screen.rows([DEAD_LETTER_HEADINGS, deadLetterRow(target.name, value.deadLetter)]);
    screen.heading(value.has_more ? `The first ${value.data.length} events` : 'Events');
    screen.rows(
      value.data.map(({ eventId, topic, eventType, payload }) => [
        eventId,
        topic ?? '-',
        eventType ?? '-',
        oneLine(payload ?? '-'),
      ]),
    );
  });
  return 0;
}

export async function retry(options: Options, key: string): Promise<number> {
  const { target } = await holderOf(await targetsOf(options), key);
  const { events, leftOut } = await target.post(`${pathOf(key)}/retry`, retriedSchema);
  new Shown(options.json === true).result({ service: target.name, key, events, leftOut }, (screen) => {
    screen.line(`${target.name}: ${plural(events, 'event')} of ${oneLine(key)} to be sent again, in order.`);
    if (leftOut > 0) screen.line(`${plural(leftOut, 'event')} left out: sent before, and too old to be sent again.`);
  });
  return leftOut > 0 ? 1 : 0;
}

export async function discard(options: Options & { readonly reason: string }, key: string): Promise<number> {
  const { target } = await holderOf(await targetsOf(options), key);
  const { events } = await target.post(`${pathOf(key)}/discard`, eventCountSchema, { reason: options.reason });
  new Shown(options.json === true).result({ service: target.name, key, events }, (screen) =>
    screen.line(`${target.name}: ${plural(events, 'event')} of ${oneLine(key)} discarded.`),
  );
  return 0;
}

export interface ReplayOptions extends Options {
  readonly key?: string;
  readonly from?: string;
  readonly to?: string;
  readonly dryRun?: true;
}

/**
 * Follows the replay to its end; it goes on without who asked for it. A dry run only counts.
 * @returns 1 when not all of it is sent again
 */
export async function replay(options: ReplayOptions): Promise<number> {
  const { key, from, dryRun = false } = options;
  if (key === undefined && from === undefined) throw new UsageError('say what to replay with --key or --from.');
  const to = options.to ?? (from === undefined ? undefined : new Date().toISOString());
  const target = await onlyTarget(options);
  const shown = new Shown(options.json === true);
  const { job } = await target.post('/outbox/replays', replaySchema, {
    ...(key !== undefined && { key }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    dryRun,
  });
  const end = await follow(target, job, shown);
  if (dryRun) await target.post(`/outbox/replays/${job}/abandon`, replaySchema);
  shown.result({ service: target.name, ...end }, (screen) => {
    const found = `${plural(end.staged, 'event')} found`;
    screen.line(
      dryRun
        ? `${target.name}: ${found}; nothing was sent again.`
        : `${target.name}: ${found}, ${count(end.released)} to be sent again (replay ${job}).`,
    );
    if (end.leftOut > 0) {
      screen.line(
        `${plural(end.leftOut, 'event')} left out: written before ${end.horizon}, readers may have forgotten the ids ` +
          `and would apply them twice. What is missing for it is shown by scripts/outrider books.`,
      );
    }
  });
  return end.state === 'ABANDONED' || end.leftOut > 0 ? 1 : 0;
}

async function follow(target: AdminClient, job: string, shown: Shown): Promise<Replay> {
  for (;;) {
    const now = await target.get(`/outbox/replays/${job}`, replaySchema);
    if (now.over || now.state === 'HELD') return now;
    shown.progress(
      `replay ${job}: ${now.state.toLowerCase()}, ${count(now.lookedAt)} looked at, ` +
        `${count(now.staged)} found, ${count(now.released)} released`,
    );
    await sleep(POLL_MS);
  }
}

export async function trace(options: Options, eventId: string): Promise<number> {
  const { answers, failure } = await askAll(await targetsOf(options), (target) =>
    target.find(`/outbox/events/${encodeURIComponent(eventId)}`, eventTraceSchema),
  );
  const found = answers.find(({ value }) => value !== undefined);
  if (found?.value === undefined) {
    if (failure !== undefined) throw failure;
    throw new CommandError(`no outbox has the event ${oneLine(eventId)}: never written, or older than what is kept.`);
  }
  const { target, value } = found;
  new Shown(options.json === true).result({ service: target.name, ...value }, (screen) => {
    screen.heading(`${value.eventType} ${value.eventId}`);
    screen.rows([
      ['outbox of', target.name],
      ['status', value.status],
      ['written', value.createdAt],
      ['key', oneLine(value.key)],
      ['goes to', `${value.topic}${value.partition === null ? '' : `, partition ${value.partition}`}`],
      ['position', `shard ${value.shard}, number ${value.id}`],
      ...(value.lockedBy === null ? [] : [['locked by', `${value.lockedBy} until ${value.lockedUntil ?? '?'}`]]),
      ...(value.attempts === null ? [] : [['failed attempts', String(value.attempts)]]),
      ...(value.nextAttemptAt === null ? [] : [['next attempt', value.nextAttemptAt]]),
      ...(value.reason === null ? [] : [['reason', oneLine(value.reason)]]),
      ...(value.discarded === null
        ? []
        : [['discarded', `${value.discarded.at} by ${value.discarded.by}: ${oneLine(value.discarded.reason)}`]]),
      ['payload', oneLine(value.payload)],
    ]);
  });
  return 0;
}

/** All that is parked, of each service. */
export async function listDeadLetters(
  targets: readonly AdminClient[],
  source: 'outbox' | 'inbox',
  shown: Shown,
): Promise<number> {
  const { answers, failure } = await askAll(targets, (target) => deadLettersOf(target, source));
  shown.result(
    answers.flatMap(({ target, value }) => value.map((deadLetter) => ({ service: target.name, ...deadLetter }))),
    (screen) => {
      const rows = answers.flatMap(({ target, value }) =>
        value.map((deadLetter) => deadLetterRow(target.name, deadLetter)),
      );
      if (answers.length === 0) return;
      if (rows.length === 0) screen.line(`Nothing is parked in the ${source}.`);
      else screen.rows([DEAD_LETTER_HEADINGS, ...rows], [3, 4]);
    },
  );
  return ended(failure);
}

async function deadLettersOf(target: AdminClient, source: 'outbox' | 'inbox'): Promise<DeadLetter[]> {
  const deadLetters: DeadLetter[] = [];
  for (;;) {
    const query = new URLSearchParams({ source, limit: '200' });
    const last = deadLetters.at(-1);
    if (last !== undefined) query.set('starting_after', last.id);
    const page = await target.get(`/dead-letters?${query.toString()}`, deadLetterPageSchema);
    deadLetters.push(...page.data);
    if (!page.has_more) return deadLetters;
  }
}

function holderOf(targets: readonly AdminClient[], key: string) {
  return onlyHolder(targets, `the key ${oneLine(key)}`, (target) => target.find(pathOf(key), outboxKeySchema));
}

function pathOf(key: string): string {
  return `/dead-letters/outbox/${encodeURIComponent(key)}`;
}

/** What some said is shown; that others failed is reported by the error. */
function ended(failure: CommandError | undefined): number {
  if (failure !== undefined) throw failure;
  return 0;
}
