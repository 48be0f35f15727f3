import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { UsageError } from '../cli/errors.js';
import { RECONCILER, SERVICES } from '../installation/layout.js';
import { IMAGE_HEAP } from '../installation/programs.js';
import type { Shop } from '../shop/read-shop.js';
import { dockerBuild, type Build, type Source } from './build-images.js';
import { type ImageName, imageReference } from './image-names.js';

/** An image of a shop's own: one of its programs on an image of the core. */
export interface ShopImage {
  /** the service, or the program beside the services */
  readonly name: string;
  readonly core: ImageName;
  /** from the shop's folder */
  readonly program: string;
}

/** Where the shop is in its images: below the packages, so that they are found. */
const FOLDER = '/app/shop';

/** What is compiled and does not run. */
const NOT_RUN = /\.test\.js(\.map)?$|\.d\.ts(\.map)?$|\.tsbuildinfo$|\/testing$/u;

/** The images of a shop. A program beside the services needs the core's packages and nothing else: the reconciler's image has them. */
export function shopImages({ directory, services, processes }: Shop): readonly ShopImage[] {
  const image = (name: string, core: ImageName, program: string): ShopImage => ({
    name,
    core,
    program: relative(directory, program),
  });
  return [
    ...SERVICES.flatMap((name) => (services[name] === undefined ? [] : [image(name, name, services[name])])),
    ...Object.entries(processes).map(([name, program]) => image(name, RECONCILER, program)),
  ];
}

/** `my-shop/order:0.1.0`: the name of the shop's folder, and what runs. @throws UsageError when the folder's is none that an image can have */
export function shopImageReference({ directory }: Shop, name: string, tag: string, registry = ''): string {
  const folder = basename(directory);
  if (!/^[a-z0-9]+([._-][a-z0-9]+)*$/u.test(folder)) {
    throw new UsageError(
      `Images are named after the shop's folder, and ${folder} cannot be such a name: only lower-case letters and digits, with . _ or - between them.`,
    );
  }
  return `${registry === '' ? '' : `${registry}/`}${folder}/${name}:${tag}`;
}

/**
 * Builds one image of a compiled shop, on an image of the core that is there already.
 *
 * @param tag of the shop's image; that of `build` is the core's
 * @returns its reference
 * @throws CommandError with Docker's last lines
 */
export async function buildShopImage(
  shop: Shop,
  { name, core, program }: ShopImage,
  tag: string,
  build: Build,
  source: Source,
): Promise<string> {
  const reference = shopImageReference(shop, name, tag, build.registry);
  const context = await mkdtemp(join(tmpdir(), 'outrider-shop-image-'));
  try {
    for (const part of ['package.json', 'dist']) {
      const filter = (path: string): boolean => !NOT_RUN.test(path);
      await cp(join(shop.directory, part), join(context, part), { recursive: true, filter });
    }
    await writeFile(join(context, 'Dockerfile'), dockerfile(imageReference(core, build.tag, build.registry), program));
    const labels = {
      'org.opencontainers.image.title': `${basename(shop.directory)}-${name}`,
      'org.opencontainers.image.version': source.version,
      ...(source.revision !== undefined && { 'org.opencontainers.image.revision': source.revision }),
    };
    await dockerBuild(build.docker, reference, labels, [context]);
  } finally {
    await rm(context, { recursive: true });
  }
  return reference;
}

function dockerfile(core: string, program: string): string {
  return `FROM ${core}
COPY --chown=65532:65532 . ${FOLDER}
WORKDIR ${FOLDER}
ENTRYPOINT ${JSON.stringify(['/nodejs/bin/node', '--enable-source-maps', IMAGE_HEAP.argument, program])}
`;
}
