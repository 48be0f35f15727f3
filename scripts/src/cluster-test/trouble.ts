import type { Screen } from '../cli/screen.js';
import { CommandError } from '../cli/errors.js';
import type { Cluster } from './cluster.js';

const EVENTS = 15;
const LINES = 10;
const PODS = 5;
/** Characters of a line. */
const WIDTH = 240;

/** Shows what a failed step left: pods, warnings, and the last lines of pods that are not well. */
export async function showTrouble(screen: Screen, cluster: Cluster): Promise<void> {
  const show = async (title: string, args: readonly string[], last?: number): Promise<void> => {
    screen.heading(title);
    try {
      const lines = (await cluster.k(args)).trimEnd().split('\n');
      for (const line of last === undefined ? lines : lines.slice(-last)) screen.item(line.slice(0, WIDTH));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      screen.item(error.message);
    }
  };
  await show('Pods and Jobs', ['get', 'pods,jobs']);
  await show('Warnings', ['get', 'events', '--field-selector=type=Warning', '--sort-by=.lastTimestamp'], EVENTS);
  const state = '{.metadata.name} {.status.phase} {.status.conditions[?(@.type=="Ready")].status}';
  const pods = await cluster.list(['pods'], state).catch(() => []);
  const unwell = pods
    .map((line) => line.split(' '))
    .filter(([, phase, ready]) => phase !== 'Succeeded' && ready !== 'True')
    .flatMap(([name]) => name ?? []);
  for (const name of unwell.slice(0, PODS)) {
    await show(`Logs of ${name}`, ['logs', name, '--all-containers', `--tail=${LINES}`]);
  }
  for (const name of unwell.slice(PODS)) screen.item(`kubectl --namespace ${cluster.namespace} logs ${name}`);
}
