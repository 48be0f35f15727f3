import type { Screen } from '../cli/screen.js';
import type { Running } from '../installation/describe.js';
import type { Cluster } from './cluster.js';

/** What the steps of a test work with. */
export interface TestRun {
  readonly cluster: Cluster;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** the version of package.json: the tag of the images, which k8s/dev names as well */
  readonly version: string;
  readonly orders: number;
  /** what is to be undone at the end, last first, unless it is kept */
  readonly takeDown: AsyncDisposableStack;
  /** forwards ports and writes up.json, once */
  reach(): Promise<Running>;
  /** ends the forwards: what was noted of the installation's orders does not count for another one */
  leave(): Promise<void>;
}

/** One part of the test. @throws CommandError when something is not as it must be */
export interface Step {
  readonly name: string;
  readonly title: string;
  /** @returns what came of it, in a few words */
  readonly run: (test: TestRun) => Promise<string>;
}
