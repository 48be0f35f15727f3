import type { Command } from 'commander';
import type { CommandName } from '@outrider/operator/api';
import { clusterOptions, duration } from '../outrider/options.js';
import { status, steer, watch } from './steer.js';

const STEERING: Readonly<Record<Exclude<CommandName, 'contract'>, string>> = {
  promote: 'lets the canary take over, whatever the judge says',
  abort: 'takes the canary away; its revision gets no pod again until retry',
  pause: 'stops before the next step',
  resume: 'goes on: after pause, or from a step that waits for a person',
  retry: 'tries an aborted revision again',
  undo: 'makes the revision before the stable one again',
  restart: 'replaces the pods of the stable revision, one after another',
};

/** Adds the commands that show and steer roll-outs of an installation with the operator. */
export function rolloutCommands(group: Command, choose: (chosen: () => Promise<number>) => void): void {
  group.addHelpText(
    'after',
    '\nSERVICE is the name of a CommerceService. Exit code 0: done, stable; 1: refused or no answer; 2: wrong use; ' +
      '3: under way; 4: aborted, paused or stalled.',
  );
  shared(group.command('status <service>').description('where a roll-out stands, and what both sides did')).action(
    (name, options) => choose(() => status(options, name)),
  );
  shared(group.command('watch <service>').description('each change, until nothing goes on'))
    .option('--timeout <time>', 'at the most, like 10m', duration)
    .action((name, options) => choose(() => watch(options, name)));
  for (const [name, description] of Object.entries(STEERING) as [keyof typeof STEERING, string][]) {
    shared(group.command(`${name} <service>`).description(description))
      .option('--revision <revision>', 'which (default: the one that it can only be about)')
      .option('--wait', 'until nothing goes on any more')
      .option('--timeout <time>', 'with --wait: at the most, like 10m', duration)
      .action((service, options) => choose(() => steer(name, options, service)));
  }
}

function shared(made: Command): Command {
  return clusterOptions(made, 'its namespace (default: that of the context)').option(
    '--json',
    'write the result to standard output as JSON',
  );
}
