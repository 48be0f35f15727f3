import { refusals } from './refusals.js';
import type { ContractSet, TopicSchema, TypeSchema } from './topic-schema.js';

/** An incompatibility of two versions that run side by side. */
export interface Break {
  /** topic, type and field, as far as it goes */
  readonly at: string;
  /** whose reader fails; both, when the topic itself has changed */
  readonly reader: 'released' | 'present' | 'both';
  readonly why: string;
  /** a compatible way to do it */
  readonly instead: string;
}

const ADD_OPTIONAL = 'leave the field as it was, and add an optional field or a new type';
const MARK_NEW = 'mark it unsent until a version that reads it is released';
const KEEP_OLD = 'keep it, marked unsent, for one version, and remove it in the next';
const OTHER_TOPIC = 'add another topic, and keep this one until all its events are deleted';

/**
 * What a reader of a released version would refuse of what the current one sends. Types that the current one does not
 * send, and topics that the released one does not read, do not count.
 */
export function unreadByReleased(released: ContractSet, present: ContractSet): readonly Break[] {
  return unread(present, released, 'released', { why: 'the type is not known there', instead: MARK_NEW });
}

/** What the current readers would refuse of what a released version sent. */
export function unreadByPresent(released: ContractSet, present: ContractSet): readonly Break[] {
  return unread(released, present, 'present', { why: 'the type is gone', instead: KEEP_OLD });
}

/** Topics that are gone, or on which the events of a key would no longer keep their order. */
export function changedTopics(released: ContractSet, present: ContractSet): readonly Break[] {
  return Object.entries(released).flatMap(([topic, old]): readonly Break[] => {
    const now = present[topic];
    const both = { at: topic, reader: 'both', instead: OTHER_TOPIC } as const;
    if (now === undefined) return [{ ...both, reader: 'present', why: 'the topic is gone' }];
    return [
      ...(now['x-key'] === old['x-key'] ? [] : [{ ...both, why: `the key was ${old['x-key']}` }]),
      ...(now['x-partitions'] === old['x-partitions']
        ? []
        : [{ ...both, why: `it had ${old['x-partitions']} partitions, and keys would move` }]),
    ];
  });
}

/** An incompatibility in one line. */
export function describeBreak({ at, reader, why, instead }: Break, version: string): string {
  const whose = {
    released: `readers of ${version}`,
    present: `the current readers, of what ${version} sent`,
    both: 'all',
  };
  return `${at}: unreadable for ${whose[reader]}: ${why}. Instead: ${instead}.`;
}

function unread(
  writers: ContractSet,
  readers: ContractSet,
  reader: 'released' | 'present',
  unknownType: Pick<Break, 'why' | 'instead'>,
): readonly Break[] {
  return Object.entries(writers).flatMap(([topic, written]) => {
    const read = readers[topic];
    if (read === undefined) return [];
    return sentTypes(written).flatMap(([type, schema]): readonly Break[] => {
      const at = `${topic} ${type}`;
      const known = read.$defs[type];
      if (known === undefined) return [{ at, reader, ...unknownType }];
      return refusals(schema, known).map((refusal) => ({
        at: `${at} ${refusal.at}`,
        reader,
        why: `it ${refusal.why}`,
        instead: ADD_OPTIONAL,
      }));
    });
  });
}

function sentTypes({ $defs }: TopicSchema): readonly (readonly [string, TypeSchema])[] {
  return Object.entries($defs).filter(([, type]) => type['x-unsent'] !== true);
}
