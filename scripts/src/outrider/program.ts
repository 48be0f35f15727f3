import { Option, type Command } from 'commander';
import { UsageError } from '../cli/errors.js';
import { command } from '../cli/run-command.js';
import { books } from './books-command.js';
import * as inbox from './inbox-commands.js';
import { clusterOptions, duration, eventId, httpUrl, position, SERVICES, time } from './options.js';
import * as order from './order-commands.js';
import * as outbox from './outbox-commands.js';
import { rolloutCommands } from '../rollout/rollout-commands.js';

/** What was chosen on the command line, to be done. Answers the exit code. */
export type Chosen = () => Promise<number>;

/** The command line of outrider; `choose` gets what to do once it was understood. */
export function outriderProgram(choose: (chosen: Chosen) => void): Command {
  const program = command(
    'scripts/outrider',
    'Shows and controls the outboxes, inboxes, orders and roll-outs of an installation.',
  );
  program.addHelpText(
    'after',
    '\nWithout --url or --namespace it speaks to what scripts/up runs. Exit code 0: done; 1: refused or no answer; 2: wrong use.',
  );
  const groups = {
    outbox: program.command('outbox').description('events on their way out'),
    inbox: program.command('inbox').description('events that came in'),
    order: program.command('order').description('what happened to orders'),
    rollout: program.command('rollout').description('new revisions of services in a cluster with the operator'),
  };
  outboxCommands(groups.outbox, choose);
  inboxCommands(groups.inbox, choose);
  rolloutCommands(groups.rollout, choose);
  shared(groups.order.command('timeline <id>').description('every step of an order with its time'), 'public').action(
    (id, options) => choose(() => order.timeline(options, id)),
  );
  program
    .command('books')
    .description('every difference between the books of orders, stock and payments; ends with 1 when there is one')
    .option('--since <time>', 'orders placed in this time, like 24h or 7d (default: all)', duration)
    .option('--from <time>', 'orders placed at this time or later', time)
    .option('--to <time>', 'orders placed before this time (default: now)', time)
    .option('--json', 'write the result to standard output as JSON')
    .action((options) => choose(() => books(options)));
  // last: a command takes over settings of its group when it is made
  for (const group of [...Object.values(groups), program]) needsCommand(group);
  return program;
}

function outboxCommands(group: Command, choose: (chosen: Chosen) => void): void {
  shared(group.command('status').description('backlog, dead letters and relays')).action((options) =>
    choose(() => outbox.status(options)),
  );
  shared(group.command('shards').description('who holds which shard, and what waits in it')).action((options) =>
    choose(() => outbox.shards(options)),
  );
  shared(group.command('parked [key]').description('keys that are parked, or the events of one')).action(
    (key, options) => choose(() => outbox.parked(options, key)),
  );
  shared(group.command('retry <key>').description('sends the parked events of a key again, in order')).action(
    (key, options) => choose(() => outbox.retry(options, key)),
  );
  shared(group.command('discard <key>').description('discards the parked events of a key for good'))
    .requiredOption('--reason <text>', 'why; it stays on record')
    .action((key, options) => choose(() => outbox.discard(options, key)));
  shared(
    group
      .command('replay')
      .description('sends events of the last 7 days again, with the same ids and in the same order'),
  )
    .option('--key <key>', 'only events of this key')
    .option('--from <time>', 'written at this time or later', time)
    .option('--to <time>', 'written before this time (default: now)', time)
    .option('--dry-run', 'only count what would be sent')
    .action((options) => choose(() => outbox.replay(options)));
  shared(group.command('trace').description('where an event stands, and where it went'))
    .argument('<event-id>', 'as in its ce_id header', eventId)
    .action((id, options) => choose(() => outbox.trace(options, id)));
}

function inboxCommands(group: Command, choose: (chosen: Chosen) => void): void {
  const at = (made: Command): Command =>
    shared(made).option('--at <partition/offset>', 'the message at this offset, instead of a key', position);
  at(
    group.command('parked [topic] [key]').description('what is parked, or the messages of a key with their bytes'),
  ).action((topic, key, options) => choose(() => inbox.parked(options, topic, key)));
  at(group.command('retry <topic> [key]').description('handles the parked messages of a key again, in order')).action(
    (topic, key, options) => choose(() => inbox.retry(options, topic, key)),
  );
  at(group.command('discard <topic> [key]').description('discards the parked messages of a key for good'))
    .requiredOption('--reason <text>', 'why; it stays on record')
    .action((topic, key, options) => choose(() => inbox.discard(options, topic, key)));
}

function shared(made: Command, side: 'admin' | 'public' = 'admin'): Command {
  if (side === 'admin') {
    made.addOption(
      new Option('--service <name>', 'of this service (default: all, or the one that has it)').choices(SERVICES),
    );
  }
  made.option('--url <url>', `the ${side} URL of a service, instead of the running installation`, httpUrl);
  return clusterOptions(made, 'of an installation in this namespace of a cluster, by kubectl port-forward')
    .option('--release <name>', 'its Helm release', 'outrider')
    .option('--token <token>', 'an admin’s token (default: OUTRIDER_TOKEN, or that of the running installation)')
    .option('--json', 'write the result to standard output as JSON');
}

/** Says what there is, where commander alone would print its whole help. */
function needsCommand(group: Command): void {
  group
    .argument('[command]')
    .usage('[command]')
    .allowExcessArguments()
    .action((given: string | undefined) => {
      const names = group.commands.map((one) => one.name()).join(', ');
      throw new UsageError(
        given === undefined ? `say what: ${names}.` : `unknown command '${given}': it must be one of ${names}.`,
      );
    });
}
