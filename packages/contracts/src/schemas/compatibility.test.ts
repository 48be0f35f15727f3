import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { orderKeyed, type About } from '../events/define.js';
import type { EventTypeFacts } from '../events/index.js';
import { releasedVersions } from '../testing/released.js';
import { schemaReader } from '../testing/schema-reader.js';
import { variants } from '../testing/variants.js';
import { changedTopics, describeBreak, unreadByPresent, unreadByReleased, type Break } from './compatibility.js';
import { presentContracts, topicSchema, type ContractSet, type TopicSchema } from './topic-schema.js';

const RELEASED = releasedVersions();
const [NEWEST = { version: 'none', contracts: {} }] = RELEASED.slice(-1);
const PRESENT = presentContracts();

describe('of two versions side by side each reads what the other writes', () => {
  const lines = (breaks: readonly Break[], version: string): readonly string[] =>
    breaks.map((one) => describeBreak(one, version));

  test('F03 the newest released version reads what this one sends', () => {
    expect(Object.keys(NEWEST.contracts)).not.toEqual([]);
    expect(lines(unreadByReleased(NEWEST.contracts, PRESENT), NEWEST.version)).toEqual([]);
  });

  // topics keep events for days, and a replay brings back older ones
  test.each(RELEASED)('F03 this version reads what $version sent', ({ version, contracts }) => {
    expect(lines(changedTopics(contracts, PRESENT), version)).toEqual([]);
    expect(lines(unreadByPresent(contracts, PRESENT), version)).toEqual([]);
  });
});

const about = (example: unknown): About<never> => ({ from: 'order', description: 'x', example: example as never });

function typeOf(payload: z.ZodType, example: unknown, name = 'THING'): EventTypeFacts {
  const schema = orderKeyed(name, payload, about(example));
  return { type: name, schema, about: schema.about };
}

const setOf = (...types: readonly EventTypeFacts[]): ContractSet => ({
  'order-event': topicSchema('order-event', types),
});

interface Side {
  readonly payload: z.ZodType;
  readonly example: unknown;
}
const of = (payload: z.ZodRawShape, example: object): Side => ({ payload: z.object(payload), example });

/** A change of a payload, and where it breaks the readers that are released, and those of the changed version. */
interface Change {
  readonly change: string;
  readonly was: Side;
  readonly is: Side;
  readonly released?: readonly string[];
  readonly present?: readonly string[];
}

const a1 = of({ a: z.int() }, { a: 1 });
const optional = of({ a: z.int(), b: z.int().optional() }, { a: 1, b: 2 });
const required = of({ a: z.int(), b: z.int() }, { a: 1, b: 2 });
const text = (schema: z.ZodType): Side => of({ t: schema }, { t: 'ab' });
const number = (schema: z.ZodType): Side => of({ n: schema }, { n: 5 });
const list = (schema: z.ZodType): Side => of({ l: schema }, { l: [1, 2] });
const one = z.enum(['A', 'B']);
const more = z.enum(['A', 'B', 'C']);
const letter = (schema: z.ZodType): Side => of({ e: schema }, { e: 'A' });
const inLines = (quantity: z.ZodType): Side =>
  of({ lines: z.array(z.object({ quantity })) }, { lines: [{ quantity: 1 }] });

const CHANGES: readonly Change[] = [
  { change: 'a field that may be missing is added', was: a1, is: optional },
  { change: 'a field that may be missing is removed', was: optional, is: a1 },
  { change: 'a field that must be there is added', was: a1, is: required, present: ['payload.b'] },
  { change: 'a field that must be there is removed', was: required, is: a1, released: ['payload.b'] },
  { change: 'a field must be there from now on', was: optional, is: required, present: ['payload.b'] },
  { change: 'a field may be missing from now on', was: required, is: optional, released: ['payload.b'] },
  {
    change: 'a field has another name',
    was: a1,
    is: of({ z: z.int() }, { z: 1 }),
    released: ['payload.a'],
    present: ['payload.z'],
  },
  {
    change: 'a number becomes a text',
    was: number(z.int()),
    is: of({ n: z.string() }, { n: '5' }),
    released: ['payload.n'],
    present: ['payload.n'],
  },
  {
    change: 'a number may be larger',
    was: number(z.int().max(9)),
    is: number(z.int().max(10)),
    released: ['payload.n'],
  },
  {
    change: 'a number may be smaller',
    was: number(z.int().min(1)),
    is: number(z.int().min(0)),
    released: ['payload.n'],
  },
  {
    change: 'a number may be less large',
    was: number(z.int().max(10)),
    is: number(z.int().max(9)),
    present: ['payload.n'],
  },
  {
    change: 'a number may be less small',
    was: number(z.int().min(0)),
    is: number(z.int().min(1)),
    present: ['payload.n'],
  },
  {
    change: 'a whole number may be a fraction',
    was: number(z.int().min(0).max(9)),
    is: of({ n: z.number().min(0).max(9) }, { n: 0.5 }),
    released: ['payload.n'],
  },
  {
    change: 'a fraction must be a whole number',
    was: of({ n: z.number().min(0).max(9) }, { n: 0.5 }),
    is: number(z.int().min(0).max(9)),
    present: ['payload.n'],
  },
  {
    change: 'a text may be longer',
    was: text(z.string().max(3)),
    is: text(z.string().max(4)),
    released: ['payload.t'],
  },
  { change: 'a text may have any length', was: text(z.string().max(3)), is: text(z.string()), released: ['payload.t'] },
  { change: 'a text may be empty', was: text(z.string().min(1)), is: text(z.string()), released: ['payload.t'] },
  { change: 'a text must be shorter', was: text(z.string()), is: text(z.string().max(4)), present: ['payload.t'] },
  {
    change: 'a text follows a pattern',
    was: of({ t: z.string() }, { t: 'ab' }),
    is: of({ t: z.string().regex(/^[a-z]+$/u) }, { t: 'ab' }),
    present: ['payload.t'],
  },
  {
    change: 'a text follows another pattern',
    was: of({ t: z.string().regex(/^[a-z]+$/u) }, { t: 'ab' }),
    is: of({ t: z.string().regex(/^[A-Z]+$/u) }, { t: 'AB' }),
    released: ['payload.t'],
    present: ['payload.t'],
  },
  {
    change: 'a text is no longer a URL',
    was: of({ t: z.url() }, { t: 'https://a.example' }),
    is: text(z.string()),
    released: ['payload.t'],
  },
  { change: 'a list of values grows', was: letter(one), is: letter(more), released: ['payload.e'] },
  { change: 'a list of values shrinks', was: letter(more), is: letter(one), present: ['payload.e'] },
  { change: 'a list of values becomes any text', was: letter(one), is: letter(z.string()), released: ['payload.e'] },
  { change: 'a text becomes a list of values', was: letter(z.string()), is: letter(one), present: ['payload.e'] },
  {
    change: 'a fixed value is another',
    was: of({ v: z.literal('A') }, { v: 'A' }),
    is: of({ v: z.literal('B') }, { v: 'B' }),
    released: ['payload.v'],
    present: ['payload.v'],
  },
  {
    change: 'a fixed value is one of several',
    was: of({ e: z.literal('A') }, { e: 'A' }),
    is: letter(one),
    released: ['payload.e'],
  },
  {
    change: 'a field may be null',
    was: number(z.int()),
    is: of({ n: z.int().nullable() }, { n: null }),
    released: ['payload.n'],
  },
  {
    change: 'a field may no longer be null',
    was: of({ n: z.int().nullable() }, { n: null }),
    is: number(z.int()),
    present: ['payload.n'],
  },
  {
    change: 'a list may be longer',
    was: list(z.array(z.int()).max(2)),
    is: list(z.array(z.int()).max(3)),
    released: ['payload.l'],
  },
  {
    change: 'a list may not be empty',
    was: list(z.array(z.int())),
    is: list(z.array(z.int()).min(1)),
    present: ['payload.l'],
  },
  {
    change: 'the lines of a list change',
    was: inLines(z.int().max(5)),
    is: inLines(z.int().max(6)),
    released: ['payload.lines[].quantity'],
  },
  {
    change: 'unknown fields are forbidden, and one is removed',
    was: optional,
    is: { payload: z.strictObject({ a: z.int() }), example: { a: 1 } },
    present: ['payload.b'],
  },
  {
    change: 'a map has other values',
    was: of({ m: z.record(z.string(), z.int()) }, { m: { k: 1 } }),
    is: of({ m: z.record(z.string(), z.string()) }, { m: { k: 'v' } }),
    released: ['payload.m.*'],
    present: ['payload.m.*'],
  },
  {
    change: 'another alternative is there',
    was: of({ u: z.union([z.object({ a: z.int() }), z.object({ b: z.int() })]) }, { u: { a: 1 } }),
    is: of(
      { u: z.union([z.object({ a: z.int() }), z.object({ b: z.int() }), z.object({ c: z.int() })]) },
      { u: { c: 1 } },
    ),
    released: ['payload.u'],
  },
  {
    change: 'what cannot be compared is another',
    was: number(z.int().min(0).max(30).multipleOf(5)),
    is: of({ n: z.int().min(0).max(30).multipleOf(3) }, { n: 3 }),
    released: ['payload.n'],
    present: ['payload.n'],
  },
  { change: 'words for people', was: number(z.int()), is: number(z.int().describe('how many')) },
  { change: 'the example', was: number(z.int()), is: of({ n: z.int() }, { n: 7 }) },
];

/** Messages as a writer of this side sends them, to the limits of its contract. */
function messagesOf(set: ContractSet, { payload }: Side): readonly string[] {
  const { THING } = set['order-event']!.$defs;
  const whole = orderKeyed('THING', payload, about(undefined));
  return variants(THING!, THING!.examples[0]).flatMap((value) => {
    const sent = whole.safeParse(value);
    return sent.success ? [JSON.stringify(sent.data)] : [];
  });
}

function unreadable(messages: readonly string[], reader: TopicSchema): readonly string[] {
  const read = schemaReader(reader);
  return messages.filter((message) => read(message) !== undefined);
}

describe.each(CHANGES)('when $change', ({ was, is, released = [], present = [] }) => {
  const old = setOf(typeOf(was.payload, was.example));
  const now = setOf(typeOf(is.payload, is.example));
  const placesOf = (breaks: readonly Break[]): readonly string[] =>
    breaks.map(({ at }) => at.replace('order-event THING ', ''));

  test('it is found where it breaks a reader, and nowhere else', () => {
    expect([...new Set(placesOf(unreadByReleased(old, now)))]).toEqual(released);
    expect([...new Set(placesOf(unreadByPresent(old, now)))]).toEqual(present);
  });

  test('real readers find the same in real messages', () => {
    const [sentBefore, sentNow] = [messagesOf(old, was), messagesOf(now, is)];
    expect([sentBefore.length, sentNow.length]).not.toContain(0);
    expect(unreadable(sentNow, now['order-event']!)).toEqual([]);
    expect(unreadable(sentNow, old['order-event']!).length > 0).toBe(released.length > 0);
    expect(unreadable(sentBefore, now['order-event']!).length > 0).toBe(present.length > 0);
  });
});

describe('types and topics', () => {
  const thing = typeOf(a1.payload, a1.example);
  const other = typeOf(required.payload, required.example, 'OTHER');
  const unsent = (facts: EventTypeFacts): EventTypeFacts => ({ ...facts, about: { ...facts.about, unsent: true } });
  const both = (old: ContractSet, now: ContractSet): readonly string[] =>
    [...changedTopics(old, now), ...unreadByReleased(old, now), ...unreadByPresent(old, now)].map((found) =>
      describeBreak(found, '1.0.0'),
    );

  test('a new type is not sent before it is read', () => {
    expect(both(setOf(thing), setOf(thing, other))).toEqual([
      'order-event OTHER: unreadable for readers of 1.0.0: the type is not known there. ' +
        'Instead: mark it unsent until a version that reads it is released.',
    ]);
    expect(both(setOf(thing), setOf(thing, unsent(other)))).toEqual([]);
    expect(both(setOf(thing, unsent(other)), setOf(thing, other))).toEqual([]);
  });

  test('an old type is read for one version more than it is sent', () => {
    expect(both(setOf(thing, other), setOf(thing))).toEqual([
      'order-event OTHER: unreadable for the current readers, of what 1.0.0 sent: the type is gone. ' +
        'Instead: keep it, marked unsent, for one version, and remove it in the next.',
    ]);
    expect(both(setOf(thing, other), setOf(thing, unsent(other)))).toEqual([]);
    expect(both(setOf(thing, unsent(other)), setOf(thing))).toEqual([]);
  });

  test('a type that was never sent may still change, but not in the version that sends it', () => {
    const changed = typeOf(a1.payload, a1.example, 'OTHER');
    expect(both(setOf(thing, unsent(other)), setOf(thing, unsent(changed)))).toEqual([]);
    expect(both(setOf(thing, unsent(other)), setOf(thing, changed))).toEqual([
      expect.stringContaining('order-event OTHER payload.b: unreadable for readers of 1.0.0: it may be missing.'),
    ]);
  });

  test('a topic neither goes, nor gets another key or other partitions', () => {
    const topic = setOf(thing)['order-event']!;
    expect(both(setOf(thing), {})).toEqual([expect.stringContaining('order-event: unreadable for')]);
    expect(both(setOf(thing), { 'order-event': { ...topic, 'x-key': 'productId' } })).toEqual([
      expect.stringContaining('order-event: unreadable for all: the key was orderId. Instead: add another topic'),
    ]);
    expect(both(setOf(thing), { 'order-event': { ...topic, 'x-partitions': 24 } })).toEqual([
      expect.stringContaining('it had 12 partitions'),
    ]);
    expect(both({}, setOf(thing))).toEqual([]);
  });
});
