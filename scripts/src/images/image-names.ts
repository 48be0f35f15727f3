import { SERVICES, RECONCILER, WORKER } from '../installation/layout.js';

/** Looks after an installation in a cluster; a local run has none. */
export const OPERATOR = 'operator';

/** The images, by what runs in them. The simulator's is for clusters to develop on. */
export const IMAGES = [...SERVICES, WORKER, RECONCILER, OPERATOR, 'simulator'] as const;
export type ImageName = (typeof IMAGES)[number];

/** Of an image, the manifests that its packages are installed from (images/manifests.mjs). */
export function packagesOf(name: string): string {
  return name === 'operator' ? 'operator' : 'run';
}

/** `outrider/order:0.1.0`, with the registry in front if there is one. */
export function imageReference(name: ImageName, tag: string, registry = ''): string {
  return `${registry === '' ? '' : `${registry}/`}outrider/${name}:${tag}`;
}
