import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CommandError } from '../../cli/errors.js';
import { plural, secondsSince } from '../../cli/screen.js';
import { noteSettings } from '../../installation/run-notes.js';
import { SERVICES } from '../../installation/layout.js';
import { underLoad, type LoadOptions } from '../load.js';
import { balanceBooks } from '../order-steps.js';
import type { Step, TestRun } from '../test-run.js';
import { BAD_VERSIONS, badValues, badVersionConfigMap, type BadVersion } from './bad-versions.js';
import { commandsOf } from './command-round.js';
import { goOver, installOperator, OperatedRelease, uninstallOperator } from './operated.js';
import { replayParked } from './replay-parked.js';
import { rollOut, shownRollOut } from './roll-out.js';

type Service = (typeof SERVICES)[number];

/** Of each service. */
const GOOD_CANARIES = 5;
/**
 * One node has one pod of each, and four orders a second: a step is short, and looked at often. An order that nobody is
 * asked for fails after half a minute, not after a quarter of an hour.
 */
const ROLLOUT = {
  rollout: { steps: [{ replicas: 1, hold: '5s' }], analysis: { interval: '2s', minimum: 30 }, readyDeadline: '3m' },
};
const SETTINGS = { order: { settings: { RESERVING_DEADLINE_MS: 30_000 } } };
const GOOD = { extraEnv: [], extraVolumes: [], extraVolumeMounts: [] };

/** One that was never there: a revision that was aborted before gets no pod again. */
const newRevision = (): object => ({ podAnnotations: { change: randomUUID() } });

/** Hands services to the operator, lets it try good and bad versions while orders flow, and takes them back. */
class CanaryRun {
  constructor(
    private readonly test: TestRun,
    private readonly release: OperatedRelease,
  ) {}

  async over(services: readonly Service[], to: 'operator' | 'deployment'): Promise<void> {
    await this.#loaded(`${services.join(', ')}: to ${to}`, 'none', {}, () =>
      goOver(this.test, this.release, services, to),
    );
  }

  /** Versions that differ from what runs by an annotation of their pods alone. */
  async good(service: Service, times: number): Promise<void> {
    await this.#loaded(`good ${service}`, 'none', {}, async () => {
      for (let at = 0; at < times; at += 1) {
        this.release.set(service, { ...GOOD, ...newRevision() });
        const came = await rollOut(this.test, service, () => this.release.upgrade());
        this.test.screen.item(`good ${service}: ${shownRollOut(came)}`);
        if (came.ended !== 'promoted') throw new CommandError(`A good version of ${service} was aborted.`);
      }
    });
  }

  async bad(bad: BadVersion): Promise<void> {
    const { service, name, what } = bad;
    const stable = this.release.of(service);
    await this.#loaded(`bad ${service}, ${name}`, 'some', { orders: 'anyhow' }, async () => {
      this.release.set(service, { ...badValues(bad), ...newRevision() });
      const came = await rollOut(this.test, service, () => this.release.upgrade());
      this.test.screen.item(`bad ${service}, ${name} (${what}): ${shownRollOut(came)}`);
      if (came.ended !== 'aborted') throw new CommandError(`A version was promoted that is bad: ${what}.`);
      // aborted for another reason, as for a migration that fails, it has not shown what it was made for
      if (came.reason !== 'WorseThanStable')
        throw new CommandError(`It was not aborted for what is bad: ${came.message}`);
      for (const line of await replayParked(this.test, service, came.revision)) this.test.screen.item(line);
      // spec asks for what is stable again
      this.release.set(service, stable);
      await this.release.upgrade();
    });
  }

  /** What a person may say, while orders flow. */
  async commands(service: 'order'): Promise<void> {
    await this.#loaded(`commands of ${service}`, 'none', {}, async () => {
      for (const line of await commandsOf(this.test, service)) this.test.screen.item(line);
    });
  }

  /** Does something under load, and balances the books. */
  async #loaded(what: string, failed: 'some' | 'none', options: LoadOptions, work: () => Promise<void>): Promise<void> {
    const since = performance.now();
    const came = await underLoad(this.test, failed, work, { ...options, connections: 'new' });
    this.test.screen.item(`${what}: ${came}; ${await balanceBooks(this.test)}; ${secondsSince(since)}`);
  }
}

/** Installs the operator, and hands it services. */
async function begin(test: TestRun, services: readonly Service[]): Promise<CanaryRun> {
  const { cluster } = test;
  const { run: notes } = await test.reach();
  await noteSettings(notes, { behaviour: {}, outcomes: 'any' });
  await installOperator(test);
  await cluster.k(['apply', '--filename=-'], JSON.stringify(await badVersionConfigMap(cluster.namespace)));
  const release = new OperatedRelease(test, join(notes.directory, 'operated.json'));
  for (const service of services) release.set(service, ROLLOUT);
  if (services.includes('order')) release.set('order', { ...ROLLOUT, ...SETTINGS.order });
  const run = new CanaryRun(test, release);
  await run.over(services, 'operator');
  return run;
}

async function canary(test: TestRun): Promise<string> {
  const run = await begin(test, ['order']);
  await run.good('order', 1);
  for (const bad of BAD_VERSIONS.slice(0, 1)) await run.bad(bad);
  await run.commands('order');
  await run.over(['order'], 'deployment');
  await uninstallOperator(test);
  return 'one good version promoted, one bad one aborted, undone and retried; to the operator and back';
}

async function good(test: TestRun): Promise<string> {
  const run = await begin(test, SERVICES);
  for (const service of SERVICES) await run.good(service, GOOD_CANARIES);
  return `${plural(SERVICES.length * GOOD_CANARIES, 'good version')}, none aborted; the operator goes on`;
}

async function bad(test: TestRun): Promise<string> {
  const run = await begin(test, SERVICES);
  for (const one of BAD_VERSIONS) await run.bad(one);
  return `${plural(BAD_VERSIONS.length, 'bad version')}, all aborted; the operator goes on`;
}

/** By `--only` alone. The first takes five minutes; the others a quarter of an hour, and leave the services with the operator. */
export const CANARY_STEPS: readonly Step[] = [
  { name: 'canary', title: 'A good and a bad version, by the operator', run: canary },
  { name: 'canary-good', title: 'Five good versions of each service, by the operator', run: good },
  { name: 'canary-bad', title: 'Every bad version, by the operator', run: bad },
];
