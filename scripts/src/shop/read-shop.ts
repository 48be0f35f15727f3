import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../cli/errors.js';
import { IMAGES } from '../images/image-names.js';
import { SERVICES, type Service } from '../installation/layout.js';
import { allowedOutcomesSchema, type AllowedOutcomes } from './allowed-outcomes.js';

/** A payment provider of a shop, as scripts/up runs it. */
export interface ShopProvider {
  /** the program that answers as the provider does, in local runs */
  readonly standIn: string;
  /** settings of the payment service, where the environment does not have them */
  readonly settings: Readonly<Record<string, string>>;
}

/** A shop in a folder of its own; what it does not bring is the core's. Paths are absolute. */
export interface Shop {
  readonly name: string;
  readonly version: string | undefined;
  readonly directory: string;
  /** the programs of services, by service */
  readonly services: Readonly<Partial<Record<Service, string>>>;
  /** the programs of processes beside the services, such as readers of events, by name */
  readonly processes: Readonly<Record<string, string>>;
  readonly providers: Readonly<Record<string, ShopProvider>>;
  readonly allows: AllowedOutcomes;
}

/** What images, logs and databases of the core are named after. */
const CORE = new Set<string>(IMAGES);

const nameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/u, 'must be lower-case letters, digits and hyphens');
const processName = nameSchema.refine((name) => !CORE.has(name), 'is the name of a process of the core');
const programSchema = z.string().regex(/^[^/].*\.js$/u, 'must be the path of a built file: dist/….js');

const manifestSchema = z.strictObject({
  services: z.partialRecord(z.enum(SERVICES), programSchema).default({}),
  processes: z.record(processName, programSchema).default({}),
  providers: z
    .record(
      nameSchema,
      z.strictObject({ standIn: programSchema, settings: z.record(z.string(), z.string()).default({}) }),
    )
    .default({}),
  allows: allowedOutcomesSchema,
});
const packageSchema = z.object({ name: z.string(), version: z.string().optional(), outrider: manifestSchema });

/**
 * Reads what a shop's package.json says below "outrider".
 *
 * @throws UsageError that names what is wrong, in one line
 */
export async function readShop(path: string): Promise<Shop> {
  const directory = resolve(path);
  const file = join(directory, 'package.json');
  const { name, version, outrider } = parse(file, await read(path, file));
  const program = (built: string): string => join(directory, built);
  const programs = <K extends string>(from: Readonly<Partial<Record<K, string>>>): Record<K, string> =>
    Object.fromEntries(
      Object.entries<string | undefined>(from).map(([key, built]) => [key, program(built ?? '')]),
    ) as Record<K, string>;
  const providers = Object.entries(outrider.providers).map(
    ([key, { standIn, settings }]) => [key, { standIn: program(standIn), settings }] as const,
  );
  return {
    name,
    version,
    directory,
    services: programs(outrider.services),
    processes: programs(outrider.processes),
    providers: Object.fromEntries(providers),
    allows: outrider.allows,
  };
}

async function read(path: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} is no shop: ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`, {
      cause: error,
    });
  }
}

function parse(file: string, content: string): z.infer<typeof packageSchema> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new UsageError(`${file} is not JSON.`, { cause: error });
  }
  if (typeof value === 'object' && value !== null && !('outrider' in value)) {
    throw new UsageError(
      `${file} describes no shop: it has no "outrider", which names the shop's programs (docs/extending.md).`,
    );
  }
  const parsed = packageSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues
    .map((issue) => {
      // of a key that is wrong, what is wrong with it
      const [inner] = issue.code === 'invalid_key' ? issue.issues : [];
      return `${issue.path.join('.')}: ${(inner ?? issue).message}`;
    })
    .join('; ');
  throw new UsageError(`${file} describes no shop: ${faults}.`);
}
