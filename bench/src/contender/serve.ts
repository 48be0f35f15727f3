import { profiled } from './profile.js';
import type { Command, ContenderConfig, MonotonicNs, Report } from './protocol.js';

/** One that brings events from a database to Kafka, in a process of its own. */
export interface Contender {
  start(config: ContenderConfig): Promise<void>;
  fill(events: number): Promise<void>;
  release(): Promise<void>;
  acks?(): (readonly [eventId: string, at: MonotonicNs])[];
  stop(): Promise<void>;
}

/** Does what the bench asks for, until it is told to stop or the bench is gone. */
export function serve(contender: Contender): void {
  const tell = (report: Report): void => void process.send?.(report);
  process.once('disconnect', () => process.exit(0));
  process.on('message', (command: Command) => {
    obey(contender, command).then(
      (report) => {
        tell(report);
        if (command.kind === 'stop') process.disconnect();
      },
      (error: unknown) => tell({ kind: 'failed', message: error instanceof Error ? `${error.stack}` : String(error) }),
    );
  });
}

async function obey(contender: Contender, command: Command): Promise<Report> {
  switch (command.kind) {
    case 'start':
      await contender.start(command.config);
      return { kind: 'done' };
    case 'fill':
      await contender.fill(command.events);
      return { kind: 'done' };
    case 'release': {
      const cpu = process.cpuUsage();
      const since = performance.now();
      await profiled(() => contender.release());
      const ms = performance.now() - since;
      const { user, system } = process.cpuUsage(cpu);
      return { kind: 'drained', ms, cpuMicros: user + system };
    }
    case 'acks':
      return { kind: 'acks', acks: contender.acks?.() ?? [] };
    case 'stop':
      await contender.stop();
      return { kind: 'done' };
  }
}
