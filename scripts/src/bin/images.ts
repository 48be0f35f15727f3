import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { UsageError } from '../cli/errors.js';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { Screen, secondsSince } from '../cli/screen.js';
import { authoritiesOf, buildImage, readRevision, tagById, TARGETS, type Target } from '../images/build-images.js';
import { findDocker } from '../images/find-docker.js';
import { IMAGES } from '../images/image-names.js';
import { loadImages } from '../images/load-images.js';
import { buildShopImage, shopImages } from '../images/shop-images.js';
import { PROJECT_ROOT } from '../run/project.js';
import { buildShop } from '../shop/build-shop.js';
import { readShop } from '../shop/read-shop.js';

interface Options {
  readonly shop?: string;
  readonly load?: true;
  readonly idTag?: true;
  readonly tag?: string;
  readonly target: Target;
  readonly registry: string;
  readonly nodeBase?: string;
  readonly runBase?: string;
}

function tag(text: string): string {
  if (!/^\w[\w.-]{0,127}$/u.test(text)) {
    throw new InvalidArgumentError('It must be a tag: letters, digits, _ . -, 128 at the most.');
  }
  return text;
}

function registry(text: string): string {
  if (!/^[a-z0-9][a-z0-9._:/-]*[a-z0-9]$/u.test(text)) {
    throw new InvalidArgumentError('It must be like registry.example:5000/shop.');
  }
  return text;
}

const program = command('scripts/images', `Builds the images of ${IMAGES.join(', ')}.`)
  .argument('[service...]', 'only these')
  .option('--shop <dir>', "also those of a shop of your own (docs/extending.md), on the core's, in its version")
  .option('--load', "give them to the cluster's nodes: by the command in CLUSTER_LOAD, else by kind")
  .option('--id-tag', 'tag them by their ids as well: the name that skaffold gives to what is not pushed')
  .option('--tag <tag>', 'how they are tagged (default: the version of package.json)', tag)
  .addOption(
    new Option('--target <target>', 'what is shipped, or what is developed with').choices(TARGETS).default('run'),
  )
  .option('--registry <prefix>', 'what stands before outrider/… in their names', registry, '')
  .option('--node-base <image>', 'another base to build on, and of dev')
  .option('--run-base <image>', 'another base to run on');

async function images(options: Options, operands: readonly string[]): Promise<number> {
  const shop = options.shop === undefined ? undefined : await readShop(options.shop);
  if (shop !== undefined && options.target !== 'run') {
    throw new UsageError('Images of a shop are built for --target run alone.');
  }
  const own = shop === undefined ? [] : shopImages(shop);
  const names = new Set<string>([...IMAGES, ...own.map(({ name }) => name)]);
  const unknown = operands.find((given) => !names.has(given));
  if (unknown !== undefined) throw new UsageError(`There is no image ${unknown}: they are ${[...names].join(', ')}.`);
  const ownChosen = own.filter(({ name }) => operands.length === 0 || operands.includes(name));
  // with what those of the shop are built on
  const chosen = IMAGES.filter(
    (name) => operands.length === 0 || operands.includes(name) || ownChosen.some(({ core }) => core === name),
  );
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(PROJECT_ROOT, 'package.json'), 'utf8')));
  const screen = new Screen(process.stdout);
  const docker = await findDocker();
  if (shop !== undefined) await buildShop(shop);
  const source = { version, revision: await readRevision() };
  const build = {
    docker,
    target: options.target,
    tag: options.tag ?? version,
    registry: options.registry,
    nodeBase: options.nodeBase,
    runBase: options.runBase,
    caFile: await authoritiesOf(process.env),
  };
  const references: string[] = [];
  const built = async (make: () => Promise<string>): Promise<void> => {
    const since = performance.now();
    const reference = await make();
    screen.item(`${reference} built in ${secondsSince(since)}`);
    references.push(reference);
    if (options.idTag) references.push(await tagById(docker, reference));
  };
  for (const name of chosen) await built(() => buildImage(name, build, source));
  if (shop !== undefined) {
    const ownVersion = shop.version ?? version;
    const ownTag = options.tag ?? tag(ownVersion);
    const ownSource = { version: ownVersion, revision: source.revision };
    for (const image of ownChosen) await built(() => buildShopImage(shop, image, ownTag, build, ownSource));
  }
  if (options.load) {
    const since = performance.now();
    const load = process.env['CLUSTER_LOAD'];
    await loadImages(docker, references, load === '' ? undefined : load);
    screen.item(`given to the cluster in ${secondsSince(since)}`);
  }
  return 0;
}

await exitWith(runCommand(program, process.argv.slice(2), images));
