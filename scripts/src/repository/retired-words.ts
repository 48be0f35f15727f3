import type { Allowance, RetiredWord } from './find-retired.js';

const phrase = (text: string, say: string, unlessAfter: readonly string[] = []): RetiredWord => ({
  kind: 'phrase',
  text,
  say,
  unlessAfter,
});
const name = (text: string, say: string): RetiredWord => ({ kind: 'name', text, say });

/** The words of docs/glossary.md that are not used any more, with what is said instead. */
export const RETIRED_WORDS: readonly RetiredWord[] = [
  phrase('desk', 'a batch of payment commands; echo service'),
  phrase('desks', 'batches of payment commands'),
  phrase('shelf', 'dead-letter service'),
  phrase('news', 'provider update, provider event'),
  name('Told', 'provider update; notified'),
  phrase('tells', 'reports, says, shows'),
  phrase('hear', 'receive'),
  phrase('hears', 'receives'),
  phrase('heard', 'received'),
  phrase('waves', 'produce batches'),
  phrase('wave', 'produce batch'),
  name('Together', 'TransactionBatcher'),
  name('placeOf', 'topicPartition'),
  name('NotNow', 'Defer'),
  name('butNot', 'excludedIds'),
  phrase('topic place', 'topic-partition'),
  phrase('topic places', 'topic-partitions'),
  phrase('letter', 'dead letter', ['dead', 'by', 'the', 'three']),
  phrase('tend', 'heartbeat'),
  phrase('nominate', 'record the floor candidate'),
  phrase('nominates', 'records the floor candidate'),
  phrase('nominated', 'recorded'),
  phrase('deafen', 'pause consumption'),
  phrase('deaf', 'paused'),
  name('A_ROUND', 'BATCH_SIZE'),
  phrase('mend kafkajs', 'the package kafkajs-fast'),
  phrase('quicken', 'the package kafkajs-fast; speed up'),
  phrase('mend', 'repair, fix'),
  phrase('mends', 'repairs, fixes'),
  phrase('mended', 'repaired, fixed'),
  phrase('settle', 'commit, decide, apply, drain, end'),
  phrase('settles', 'commits, decides, applies, drains, ends'),
  phrase('settled', 'committed, decided, applied, drained, ended', ['all', 'promise']),
  phrase('settling', 'committing, deciding, applying, draining, ending'),
  phrase('set aside', 'parked'),
  phrase('sets aside', 'parks'),
  phrase('setting aside', 'parking'),
  name('putBackKey', 'retryKey'),
  name('BenchRoom', 'BenchEnvironment'),
  phrase('unpark', 'retry'),
  phrase('unparked', 'retried'),
  ...['un park', 'un parks', 'un parked', 'un parking'].map((text) => phrase(text, 'retry')),
  phrase('freed', 'retried, released'),
  phrase('contender', 'subject'),
  phrase('contenders', 'subjects'),
  phrase('of now', 'current'),
  phrase('in peace', 'idle, undisturbed'),
  phrase('anew', 'again'),
  phrase('persons', 'people'),
  phrase('whoever', 'who, those who'),
  phrase('while which', 'during which'),
  phrase('asked wrongly', 'OUTBOX_INVALID_ARGUMENT'),
];

/** Where they stand all the same. */
export const ALLOWED_WORDS: readonly Allowance[] = [
  { path: 'docs/glossary.md', because: 'it lists them' },
  { path: 'docs/decisions/', because: 'a record keeps the words of its day' },
  { path: 'scripts/src/repository/', because: 'it refuses them' },
  { path: 'packages/contracts/src/schemas/compatibility.test.ts', text: 'letter', because: 'of the alphabet' },
];

const UNFINISHED: Readonly<Record<string, readonly string[]>> = {
  'packages/service-kit/': ['tells', 'heard', 'letter', 'settled', 'in peace', 'anew', 'whoever'],
};

/** Where some of them are still being replaced: no others may come there, and none may come elsewhere. */
export const NOT_REPLACED_YET: readonly Allowance[] = Object.entries(UNFINISHED).flatMap(([path, texts]) =>
  texts.map((text) => ({ path, text, because: 'not replaced yet' })),
);
