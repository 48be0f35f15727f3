import { eventCountSchema, inboxKeySchema, deadLetterMessageSchema } from '@outrider/contracts';
import { UsageError } from '../cli/errors.js';
import { plural } from '../cli/screen.js';
import type { AdminClient } from './admin-client.js';
import type { Options } from './options.js';
import { listDeadLetters } from './outbox-commands.js';
import { DEAD_LETTER_HEADINGS, deadLetterRow, oneLine, showMessage, Shown } from './shown.js';
import { onlyHolder, targetsOf, type Answered } from './targets.js';

/** What is meant: a key of a topic, or the message at an offset of it. */
export interface InboxOptions extends Options {
  /** partition/offset */
  readonly at?: string;
}

export async function parked(
  options: InboxOptions,
  topic: string | undefined,
  key: string | undefined,
): Promise<number> {
  const shown = new Shown(options.json === true);
  const targets = await targetsOf(options);
  if (topic === undefined) {
    if (options.at !== undefined) throw new UsageError('--at needs a topic.');
    return listDeadLetters(targets, 'inbox', shown);
  }
  const item = parkedItemOf(topic, key, options.at);
  if (options.at !== undefined) {
    const { target, value } = await onlyHolder(targets, item.what, (one) =>
      one.find(item.path, deadLetterMessageSchema),
    );
    shown.result({ service: target.name, ...value }, (screen) => showMessage(screen, value));
    return 0;
  }
  const { target, value } = await onlyHolder(targets, item.what, (one) => one.find(item.path, inboxKeySchema));
  shown.result({ service: target.name, ...value }, (screen) => {
    screen.rows([DEAD_LETTER_HEADINGS, deadLetterRow(target.name, value.deadLetter)]);
    for (const message of value.data) showMessage(screen, message);
    if (value.has_more) screen.line(`  … and more of the ${value.deadLetter.events}`);
  });
  return 0;
}

export async function retry(options: InboxOptions, topic: string, key: string | undefined): Promise<number> {
  const item = parkedItemOf(topic, key, options.at);
  const { target } = await holderOf(await targetsOf(options), item);
  const { events } = await target.post(`${item.path}/retry`, eventCountSchema);
  new Shown(options.json === true).result({ service: target.name, events }, (screen) =>
    screen.line(`${target.name}: ${plural(events, 'message')} of ${item.what} handled.`),
  );
  return 0;
}

export async function discard(
  options: InboxOptions & { readonly reason: string },
  topic: string,
  key: string | undefined,
): Promise<number> {
  const item = parkedItemOf(topic, key, options.at);
  const { target } = await holderOf(await targetsOf(options), item);
  const { events } = await target.post(`${item.path}/discard`, eventCountSchema, { reason: options.reason });
  new Shown(options.json === true).result({ service: target.name, events }, (screen) =>
    screen.line(`${target.name}: ${plural(events, 'message')} of ${item.what} discarded.`),
  );
  return 0;
}

interface ParkedItem {
  readonly path: string;
  readonly what: string;
  readonly single: boolean;
}

function parkedItemOf(topic: string, key: string | undefined, at: string | undefined): ParkedItem {
  if ((key === undefined) === (at === undefined)) throw new UsageError('say which: a key, or --at partition/offset.');
  const name = `/dead-letters/inbox/${encodeURIComponent(topic)}`;
  return key === undefined
    ? { path: `${name}/${at ?? ''}`, what: `${oneLine(topic)} ${at ?? ''}`, single: true }
    : { path: `${name}/${encodeURIComponent(key)}`, what: `${oneLine(topic)} ${oneLine(key)}`, single: false };
}

async function holderOf(
  targets: readonly AdminClient[],
  { path, what, single }: ParkedItem,
): Promise<Answered<unknown>> {
  return onlyHolder<unknown>(targets, what, (target) =>
    target.find(path, single ? deadLetterMessageSchema : inboxKeySchema),
  );
}
