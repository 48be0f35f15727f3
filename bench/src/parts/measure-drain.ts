import {
  PEERS,
  RAW,
  RAW_PLATFORMATIC,
  RAW_FAST,
  RAW_SINGLE,
  RELAY,
  RELAY_PLATFORMATIC,
  RELAY_UNPATCHED,
  type SubjectSpec,
} from '../subjects.js';
import { drains, type Drain } from '../drains.js';
import type { BenchEnvironment } from '../bench-environment.js';

export interface DrainResult {
  readonly subject: string;
  readonly note: string;
  readonly ordered: boolean;
  readonly rounds: readonly Drain[];
  /** why it was not measured */
  readonly skipped?: string;
}

const FEW = [RAW, RELAY, RAW_FAST];

const WARM_UP = 20_000;
/** Peers are slow: as much warm-up as that would be most of the run. */
const PEER_WARM_UP = 500;
/** A peer's drain of more than this says nothing more. */
const PEER_MOST = 20_000;

export interface DrainPartOptions {
  readonly events: number;
  readonly rounds: number;
  readonly peers: boolean;
  /** only the relay, and kafkajs with its own and with the relay's writer */
  readonly few?: boolean;
  /** only those whose name contains this */
  readonly subject: string;
  readonly told: (text: string) => void;
}

/** All subjects, one after the other, round by round: what disturbs the machine disturbs all of them. */
export async function measureDrain(environment: BenchEnvironment, options: DrainPartOptions): Promise<DrainResult[]> {
  const { events, rounds, peers, few = false, subject, told } = options;
  const all = [
    RAW,
    RELAY,
    RELAY_PLATFORMATIC,
    RELAY_UNPATCHED,
    RAW_FAST,
    RAW_PLATFORMATIC,
    RAW_SINGLE,
    ...(peers ? PEERS : []),
  ];
  const specs = (few ? FEW : all).filter(({ name }) => name.includes(subject));
  const results = new Map<SubjectSpec, Drain[]>(specs.map((spec) => [spec, []]));
  const skipped = new Map<SubjectSpec, string>();
  const logical = peers && (await environment.walLevel()) === 'logical';
  for (let round = 1; round <= rounds; round += 1) {
    for (const spec of specs) {
      if (spec.logical && !logical) {
        skipped.set(spec, 'the server has not wal_level=logical');
        continue;
      }
      told(`drain, round ${round} of ${rounds}: ${spec.name}`);
      const isPeer = PEERS.includes(spec);
      const size = isPeer ? Math.round(Math.min(events, PEER_MOST) * spec.share) : events;
      const [drain] = await drains(environment, { spec, backlogs: [size], warmUp: isPeer ? PEER_WARM_UP : WARM_UP });
      if (drain !== undefined) results.get(spec)?.push(drain);
    }
  }
  return [...results].map(([spec, rounds]) => {
    const reason = skipped.get(spec);
    const { name: subject, note, ordered } = spec;
    return { subject, note, ordered, rounds, ...(reason === undefined ? {} : { skipped: reason }) };
  });
}
