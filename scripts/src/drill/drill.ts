import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../cli/errors.js';
import { plural, type Screen } from '../cli/screen.js';
import { StartedPrometheus, targetsOf } from '../installation/started-prometheus.js';
import { startInstallation } from '../installation/start-installation.js';
import { payments } from '../cli/parse.js';
import { renderPacedRules } from '../monitoring/render-rules.js';
import type { Run } from '../run/run-directory.js';
import type { Cause, SeenAlert } from './cause.js';
import { booksUnreadable, credentialRemoved, databaseRefused } from './credential-causes.js';
import { bookDifference, dayAheadMissing, todayMissing } from './database-causes.js';
import { Drilled } from './drilled.js';
import { inboxPoisoned, outboxPoisoned } from './event-causes.js';
import { brokerStopped, paymentStopped, providerStopped, reconcilerStopped, workersStopped } from './process-causes.js';
import { seeAlerts } from './see-alerts.js';

/** Causes that have nothing to do with each other go together; what stands below waits until they are over. */
const TOGETHER: readonly (readonly ((drilled: Drilled) => Cause)[])[] = [
  [bookDifference, credentialRemoved, dayAheadMissing, todayMissing, inboxPoisoned, outboxPoisoned, providerStopped],
  [booksUnreadable, databaseRefused],
  [workersStopped],
  [brokerStopped],
  [reconcilerStopped, paymentStopped],
];

/** The names of all causes, for --only. */
export const CAUSES = [
  'books',
  'credential',
  'days',
  'today',
  'inbox',
  'outbox',
  'provider',
  'unchecked',
  'refused',
  'workers',
  'broker',
  'reconciler',
  'payment',
] as const;
export type CauseName = (typeof CAUSES)[number];

const LONGEST_ALERT_MS = 3_600_000;
const SLACK_MS = 240_000;

/** What the processes wait for, at a pace: the same as by default at 1, but for connections, which last for a minute. */
export function settingsAt(pace: number): Record<string, string> {
  const at = (ms: number, least = 1_000): string => String(Math.max(least, Math.round(ms / pace)));
  return {
    AUTHORIZING_DEADLINE_MS: at(600_000),
    CONNECTION_MAX_AGE_MS: '60000',
    RECONCILE_EVERY_MS: at(300_000, 3_000),
    RECONCILE_GRACE_MS: at(60_000, 10_000),
    SAGA_OVERDUE_MS: at(60_000),
    SCAN_EVERY_MS: at(5_000),
  };
}

export interface DrillOptions {
  readonly root: string;
  readonly run: Run;
  /** the program of a Prometheus */
  readonly prometheus: string;
  readonly pace: number;
  readonly only: readonly CauseName[];
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/**
 * Starts an installation of two replicas with servers of its own and a Prometheus, and sees each alert fire from its cause
 * and clear after it.
 *
 * @throws CommandError naming the first alert that was there before, did not fire, or did not clear
 */
export async function drill(options: DrillOptions): Promise<readonly SeenAlert[]> {
  const { root, run, pace, only, screen, signal } = options;
  await using undo = new AsyncDisposableStack();
  const started = await startInstallation({
    root,
    run,
    replicas: 2,
    payments: payments(''),
    seed: 1,
    servers: 'embedded',
    screen,
    undo,
  });
  const rulesFile = join(run.directory, 'paced-rules.yaml');
  await writeFile(rulesFile, renderPacedRules(pace));
  const everySeconds = Math.max(1, Math.round(15 / pace));
  const prometheus = undo.use(
    await StartedPrometheus.start(options.prometheus, { targets: targetsOf(started.up), rulesFile, everySeconds }),
  );
  const drilled = new Drilled(started, pace, signal);
  const ended = new AbortController();
  const placing = drilled.placeOrders(await drilled.product(), AbortSignal.any([ended.signal, signal]));
  undo.defer(async () => {
    ended.abort();
    await placing;
  });
  screen.heading('Health');
  await healthy(prometheus, drilled);
  screen.item(`${plural(drilled.orders.accepted, 'order')} accepted, and no alert`);

  const seen: SeenAlert[] = [];
  for (const causes of TOGETHER) {
    const wanted = causes.map((cause) => cause(drilled)).filter(({ name }) => only.some((one) => one === name));
    if (wanted.length === 0) continue;
    screen.heading(wanted.map(({ what }) => what).join('; '));
    const found = await Promise.all(
      wanted.map(async (cause) => {
        const alerts = await seeAlerts(prometheus.api, cause, LONGEST_ALERT_MS / pace + SLACK_MS);
        for (const { alert, firedAfter, clearedAfter } of alerts) {
          screen.item(
            `${alert} fired after ${firedAfter.toFixed(1)} s, gone ${clearedAfter.toFixed(1)} s after the end`,
          );
        }
        return alerts;
      }),
    );
    seen.push(...found.flat());
  }
  const { accepted, refused } = drilled.orders;
  screen.item(`${plural(accepted, 'order')} accepted meanwhile, ${refused} not`);
  return seen;
}

/** Waits until everything is scraped, orders have ended, and nothing is amiss. */
async function healthy({ api }: StartedPrometheus, drilled: Drilled): Promise<void> {
  const deadline = performance.now() + SLACK_MS + LONGEST_ALERT_MS / drilled.pace / 4;
  for (;;) {
    const { up, all } = await api.targets();
    const now = Date.now() / 1_000;
    const shown = await api.range('outrider:orders:rate5m > 0', { from: now - 15, to: now, step: 5 });
    const alerts = await api.alerts();
    if (up === all && shown.length > 0 && alerts.length === 0) return;
    if (performance.now() > deadline) {
      const named = alerts.map(({ labels, state }) => `${labels['alertname']} (${state})`).join(', ');
      throw new CommandError(`Not healthy before anything is done: ${up} of ${all} scraped; ${named || 'no alerts'}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
