import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseBehaviour, type Behaviour } from './behaviour.js';
import { SimulatorError } from './simulator-error.js';

const whole = (max: number) => z.coerce.number('must be a number').int().min(0).max(max);

const LEAST = 16;
const secret = z.string().min(LEAST, `must be of ${LEAST} characters or more`);

/** A file that holds the secret to sign with, in its last line; read for each webhook. */
const secretFile = z.string().transform((file, context): (() => string) => {
  const read = (): string => readFileSync(file, 'utf8').trim().split('\n').at(-1)?.trim() ?? '';
  let last = '';
  const current = (): string => {
    try {
      const found = read();
      if (found.length >= LEAST) last = found;
    } catch {
      // it is being exchanged: what it held before is still good
    }
    return last;
  };
  if (current() === '')
    context.addIssue({ code: 'custom', message: `holds no secret of ${LEAST} characters or more: ${file}` });
  return current;
});

const schema = z
  .object({
    PORT: whole(65_535),
    HOST: z.string().default('127.0.0.1'),
    LEDGER_FILE: z.string({ error: 'is missing' }),
    SEED: whole(Number.MAX_SAFE_INTEGER).default(1),
    PAYMENTS: z
      .string()
      .default('')
      .transform((text, context): Behaviour => {
        try {
          return parseBehaviour(text);
        } catch (error) {
          if (!(error instanceof SimulatorError)) throw error;
          context.addIssue({ code: 'custom', message: error.message });
          return z.NEVER;
        }
      }),
    LATENCY_MS: whole(600_000).default(0),
    /** how late the answers of requests that time out are */
    TIMEOUT_MS: whole(3_600_000).default(30_000),
    /** how long after what it follows from something happens by itself: pending, returned, dashboard */
    LATER_MS: whole(3_600_000).default(1_000),
    /** how long a key repeats its answer; never forgotten without it */
    KEYS_FORGOTTEN_AFTER_MS: whole(Number.MAX_SAFE_INTEGER).optional(),
    /** where webhooks go; none are sent without it */
    WEBHOOK_URL: z.url('must be a URL').optional(),
    /** what they are signed with */
    WEBHOOK_SECRET: secret.optional(),
    WEBHOOK_SECRET_FILE: secretFile.optional(),
    /** the same for payments that were asked for in Stripe's way, in Stripe's form */
    STRIPE_WEBHOOK_URL: z.url('must be a URL').optional(),
    STRIPE_WEBHOOK_SECRET: secret.optional(),
    STRIPE_WEBHOOK_SECRET_FILE: secretFile.optional(),
    FSYNC: z.stringbool().default(false),
  })
  .superRefine((given, context) => {
    for (const name of ['', 'STRIPE_'] as const) {
      const [secret, file] = [given[`${name}WEBHOOK_SECRET`], given[`${name}WEBHOOK_SECRET_FILE`]];
      const refuse = (message: string): void =>
        context.addIssue({ code: 'custom', path: [`${name}WEBHOOK_SECRET`], message });
      if (secret !== undefined && file !== undefined) refuse('is given twice: by value and as …_FILE');
      if (given[`${name}WEBHOOK_URL`] !== undefined && secret === undefined && file === undefined) refuse('is missing');
    }
  });

export type SimulatorSettings = z.infer<typeof schema>;

/**
 * Reads the simulator's environment; an empty variable counts as not set.
 *
 * @throws SimulatorError SETTINGS_INVALID naming every variable that is missing or wrong
 */
export function readSettings(env: NodeJS.ProcessEnv): SimulatorSettings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return `  ${name}: ${given[name] === undefined ? 'is missing' : issue.message}`;
  });
  throw new SimulatorError('SETTINGS_INVALID', `The configuration is not usable:\n${problems.join('\n')}`);
}
