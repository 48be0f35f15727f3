import { readFile } from 'node:fs/promises';

/** So many ticks are a second in /proc/stat, on every architecture that Linux runs on today. */
const TICKS = 100;

/** CPU time that all processes of this machine have taken so far, in milliseconds; undefined where this is no Linux. */
export async function machineCpuMs(): Promise<number | undefined> {
  try {
    const [, user, nice, system, , , irq, softirq] = (await readFile('/proc/stat', 'utf8')).split(/\s+/u).map(Number);
    return (((user ?? 0) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softirq ?? 0)) * 1_000) / TICKS;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
