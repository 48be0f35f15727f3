import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { allowedOutcomesSchema } from '../shop/allowed-outcomes.js';
import type { Run } from '../run/run-directory.js';

// What a run notes in its folder, so that a later command can tell what was to be expected of it.

const settingsSchema = z.object({
  /** how the payment provider was told to behave, per cent by kind */
  behaviour: z.record(z.string(), z.number()),
  allows: allowedOutcomesSchema,
  /** `any`: bad versions were let at orders, so how each has ended says nothing; stock and money must fit all the same */
  outcomes: z.enum(['predicted', 'any']).default('predicted'),
});
export type RunSettings = z.infer<typeof settingsSchema>;

const settingsFile = (run: Run): string => join(run.directory, 'settings.json');
const placedFile = (run: Run): string => join(run.directory, 'placed.txt');
const stockFile = (run: Run): string => join(run.directory, 'stock-percents.txt');

export async function noteSettings(run: Run, settings: z.input<typeof settingsSchema>): Promise<void> {
  await writeFile(settingsFile(run), JSON.stringify(settings));
}

export async function readSettings(run: Run): Promise<RunSettings> {
  return settingsSchema.parse(JSON.parse(await readFile(settingsFile(run), 'utf8')));
}

/** Notes the ids of orders that were answered with 201: each of them must be in the books. */
export function notePlaced(run: Run, orderIds: readonly string[]): Promise<void> {
  return note(placedFile(run), orderIds);
}

/** Every id noted, once. */
export async function readPlaced(run: Run): Promise<ReadonlySet<string>> {
  return new Set(await noted(placedFile(run)));
}

/** Notes how much of what an orders file asks for is stocked, per cent, before anything of it is placed. */
export function noteStockPercent(run: Run, percent: number): Promise<void> {
  return note(stockFile(run), [String(percent)]);
}

export async function readStockPercents(run: Run): Promise<number[]> {
  return (await noted(stockFile(run))).map(Number);
}

async function note(file: string, lines: readonly string[]): Promise<void> {
  await appendFile(file, lines.map((line) => `${line}\n`).join(''));
}

async function noted(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
