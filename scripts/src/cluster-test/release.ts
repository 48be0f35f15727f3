import { join } from 'node:path';
import { RECONCILER, SERVICES, WORKER } from '../installation/layout.js';
import { PROJECT_ROOT } from '../run/project.js';

/** The name that k8s/dev expects of the release: the simulator sends its webhooks to `outrider-payment`. */
export const RELEASE = 'outrider';

export const CHART = join(PROJECT_ROOT, 'charts/outrider');
export const VALUES = join(CHART, 'examples/kind.yaml');

/** What belongs to a release, hook pods included. */
export const ofRelease = (release: string): string => `--selector=app.kubernetes.io/instance=${release}`;
export const OF_RELEASE = ofRelease(RELEASE);

/** The pods that serve: those of Jobs come and go. */
export const serving = (release: string): string => `${ofRelease(release)},app.kubernetes.io/component!=migrate`;
export const SERVING = serving(RELEASE);

/** What the chart runs, by the names of the images. */
export const PROCESSES = [...SERVICES, WORKER, RECONCILER] as const;
