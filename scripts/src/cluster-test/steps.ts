import { aborted } from '../cli/until-signal.js';
import { upFilePath } from '../run/up-file.js';
import { runRoot } from '../run/run-directory.js';
import { BAD_UPGRADE_STEP } from './bad-upgrade-step.js';
import { BESIDE_STEP } from './beside-step.js';
import { CANARY_STEPS } from './canary/canary-step.js';
import { CHANGE_STEPS } from './change-steps.js';
import { EVICT_STEP } from './evict-step.js';
import { IMAGES_STEP } from './image-step.js';
import { INSTALL_STEPS, UNINSTALL_STEP } from './install-steps.js';
import { ORDERS_STEP } from './order-steps.js';
import { ROTATE_STEP } from './rotate-step.js';
import type { Step } from './test-run.js';
import { BACK_STEP, RELEASED_STEP, UPGRADE_STEP } from './upgrade-steps.js';
import { WORKERS_STEP } from './workers/workers-step.js';

/** All of the test, in order. */
export const STEPS: readonly Step[] = [
  IMAGES_STEP,
  ...INSTALL_STEPS,
  ORDERS_STEP,
  ...CHANGE_STEPS,
  RELEASED_STEP,
  UPGRADE_STEP,
  ROTATE_STEP,
  BACK_STEP,
  UNINSTALL_STEP,
];

/** Not a part of the test: an installation that is there is made reachable for the other commands. */
const FORWARD_STEP: Step = {
  name: 'forward',
  title: 'Ports forwarded',
  run: async (test) => {
    const { screen, signal } = test;
    const { up } = await test.reach();
    screen.rows(Object.entries(up.services).map(([name, part]) => [name, 'url' in part ? part.url : part.metricsUrl]));
    screen.item(`simulator ${up.simulator.url}; everything else in ${upFilePath(runRoot())}; Ctrl-C ends it`);
    await aborted(signal);
    return 'ended';
  },
};

/** Not parts of the whole test, which is to end in a quarter of an hour. */
export const FURTHER_STEPS: readonly Step[] = [
  FORWARD_STEP,
  BAD_UPGRADE_STEP,
  EVICT_STEP,
  BESIDE_STEP,
  ...CANARY_STEPS,
  WORKERS_STEP,
];
