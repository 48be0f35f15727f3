import { profiled } from './profile.js';
import type { Command, SubjectConfig, MonotonicNs, Report } from './protocol.js';

/** One that brings events from a database to Kafka, in a process of its own. */
export interface Subject {
  start(config: SubjectConfig): Promise<void>;
  fill(events: number): Promise<void>;
  release(): Promise<void>;
  acks?(): (readonly [eventId: string, at: MonotonicNs])[];
  stop(): Promise<void>;
}

/** Does what the bench asks for, until it is told to stop or the bench is gone. */
export function serve(subject: Subject): void {
  const tell = (report: Report): void => void process.send?.(report);
  process.once('disconnect', () => process.exit(0));
  process.on('message', (command: Command) => {
    obey(subject, command).then(
      (report) => {
        tell(report);
        if (command.kind === 'stop') process.disconnect();
      },
      (error: unknown) => tell({ kind: 'failed', message: error instanceof Error ? `${error.stack}` : String(error) }),
    );
  });
}

async function obey(subject: Subject, command: Command): Promise<Report> {
  switch (command.kind) {
    case 'start':
      await subject.start(command.config);
      return { kind: 'done' };
    case 'fill':
      await subject.fill(command.events);
      return { kind: 'done' };
    case 'release': {
      const cpu = process.cpuUsage();
      const since = performance.now();
      await profiled(() => subject.release());
      const ms = performance.now() - since;
      const { user, system } = process.cpuUsage(cpu);
      return { kind: 'drained', ms, cpuMicros: user + system };
    }
    case 'acks':
      return { kind: 'acks', acks: subject.acks?.() ?? [] };
    case 'stop':
      await subject.stop();
      return { kind: 'done' };
  }
}
