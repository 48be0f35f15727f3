import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../cli/errors.js';
import type { ActiveAlert } from '../monitoring/prometheus-api.js';
import { alertOf, type Cause, type SeenAlert } from './cause.js';

const LOOK_EVERY_MS = 250;

/** What is asked for alerts. */
export interface AlertSource {
  alerts(): Promise<readonly ActiveAlert[]>;
}

/**
 * Waits until none of its alerts is there, begins a cause, and waits until all of them fire; then ends it and waits until
 * none of them does.
 *
 * @param longestMs for each wait
 * @throws CommandError when an alert is there before its cause, does not fire, or does not clear
 */
export async function seeAlerts(source: AlertSource, cause: Cause, longestMs: number): Promise<readonly SeenAlert[]> {
  const { name, what, fires } = cause;
  // what another cause has left behind, or a machine that was busy for a moment, is waited for
  await every(longestMs, `${name}: before its cause there is`, async () => [
    ...(await activeOf(source, fires, ['pending', 'firing'])),
  ]);

  const fired = new Map<string, number>();
  const cleared = new Map<string, number>();
  const began = performance.now();
  await cause.begin();
  try {
    await every(longestMs, `${name}: never fired`, async () => {
      for (const alert of await activeOf(source, fires, ['firing'])) note(fired, alert, began);
      return fires.filter((alert) => !fired.has(alert));
    });
  } catch (error) {
    // what was stopped could not be ended otherwise
    await cause.end();
    throw error;
  }
  const ended = performance.now();
  await cause.end();
  await every(longestMs, `${name}: never cleared`, async () => {
    const firing = await activeOf(source, fires, ['firing']);
    for (const alert of fires) {
      if (firing.has(alert)) cleared.delete(alert);
      else note(cleared, alert, ended);
    }
    return [...firing];
  });
  return fires.map((alert) => ({
    cause: name,
    what,
    alert,
    firedAfter: fired.get(alert) ?? Number.NaN,
    clearedAfter: cleared.get(alert) ?? Number.NaN,
  }));
}

function note(times: Map<string, number>, alert: string, since: number): void {
  if (!times.has(alert)) times.set(alert, (performance.now() - since) / 1_000);
}

async function activeOf(
  source: AlertSource,
  wanted: readonly string[],
  states: readonly ActiveAlert['state'][],
): Promise<Set<string>> {
  const alerts = await source.alerts();
  const names = alerts.filter(({ state }) => states.includes(state)).map(({ labels }) => alertOf(labels));
  return new Set(names.filter((name) => wanted.includes(name)));
}

/** Looks until nothing is missing any more. */
async function every(longestMs: number, complaint: string, missing: () => Promise<readonly string[]>): Promise<void> {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const left = await missing();
    if (left.length === 0) return;
    if (performance.now() > deadline) throw new CommandError(`${complaint}: ${left.join(', ')}`);
    await sleep(LOOK_EVERY_MS);
  }
}
