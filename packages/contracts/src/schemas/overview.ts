import { EVENT_TYPE_FACTS, type EventTypeFacts } from '../events/index.js';
import { TOPIC_NAMES, TOPICS, type Topic } from '../topics.js';

/** docs/events/README.md: every topic and type on one page. */
export function overview(): string {
  return [
    '# Events',
    '',
    'Made from packages/contracts by `npm run docs:events`; do not edit.',
    '',
    'Each topic has an [AsyncAPI 3.0](https://www.asyncapi.com/docs/reference/specification/v3.0.0) document here, and a',
    '[JSON Schema](../../packages/contracts/schemas) of its values, each type of it under `$defs`. A consumer ignores',
    'unknown fields, and gets the events of one key in order, each at least once: the same `ce_id` is the',
    'same event. How events may change: [extending](../extending.md#what-may-change-later).',
    '',
    '| topic | key | from → to | types |',
    '|---|---|---|---|',
    ...TOPIC_NAMES.map((topic) => row(topic)),
    ...TOPIC_NAMES.flatMap((topic) => [
      '',
      `## ${topic}`,
      '',
      ...EVENT_TYPE_FACTS[topic].map(({ type, about }) => `- ${type}: ${about.description}${noteOf(about)}`),
    ]),
    '',
  ].join('\n');
}

function row(topic: Topic): string {
  const { keyField, readers } = TOPICS[topic];
  const senders = [...new Set(EVENT_TYPE_FACTS[topic].map(({ about }) => about.from))];
  const whom = readers.length === 0 ? 'all subscribers' : readers.join(', ');
  const types = EVENT_TYPE_FACTS[topic].map(({ type }) => type).join(', ');
  return `| [${topic}](${topic}.json) | ${keyField} | ${senders.join(', ')} → ${whom} | ${types} |`;
}

function noteOf({ unsent }: EventTypeFacts['about']): string {
  return unsent === true ? ' (Read, not sent yet or any more.)' : '';
}
