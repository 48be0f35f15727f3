import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';

/** Where CPU profiles of drains are written to; none unless it is set. */
const VARIABLE = 'BENCH_CPU_PROF';

/** Does the work; with the variable set, leaves a CPU profile of this process during it. */
export async function profiled(work: () => Promise<void>): Promise<void> {
  const directory = process.env[VARIABLE];
  if (directory === undefined || directory === '') return work();
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  await writeFile(join(directory, `${process.pid}-${Date.now()}.cpuprofile`), JSON.stringify(profile));
}
