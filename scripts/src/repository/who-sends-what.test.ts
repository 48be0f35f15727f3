import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { EVENT_TYPE_FACTS, TOPIC_NAMES, TOPICS, type EventTypeFacts, type Topic } from '@outrider/contracts';
import { SERVICES, type Service } from '../installation/layout.js';
import { PROJECT_ROOT } from '../run/project.js';

// The documents say who sends and who receives; here the services' sources are asked. Where both differ, one of them is to be changed,
// and the failure says which places these are.

function sourceOf(service: Service): string {
  const folder = join(PROJECT_ROOT, 'services', service, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('testing/'))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n');
}

const SOURCES = new Map(SERVICES.map((service) => [service, sourceOf(service)]));
const withText = (pattern: RegExp): readonly Service[] =>
  SERVICES.filter((service) => pattern.test(SOURCES.get(service) ?? ''));
const listed = (services: readonly string[]): string => services.toSorted().join(', ') || 'no service';

/** What is wrong, and where it can be put right; undefined: nothing is. */
function difference(topic: Topic, verb: 'subscribe' | 'emit', said: readonly string[], place: string) {
  const found = withText(new RegExp(`${verb}\\(\\s*'${topic}'`, 'u'));
  if (listed(found) === listed(said)) return undefined;
  return `${place} names ${listed(said)} for ${topic}, but ${verb}('${topic}', …) stands in services/: ${listed(found)}`;
}

test.each(TOPIC_NAMES)('%s is read by those that its document names, and by no other service', (topic) => {
  const { readers } = TOPICS[topic];
  expect(difference(topic, 'subscribe', readers, 'readers in packages/contracts/src/topics.ts')).toBeUndefined();
});

test.each(TOPIC_NAMES)('%s is written by those that its document names, and by no other service', (topic) => {
  const facts = EVENT_TYPE_FACTS[topic].filter(isSentByService);
  const senders = [...new Set(facts.map(({ about }) => about.from))];
  const place = `from of the types that are not unsent, in packages/contracts/src/events/${topic}.ts,`;
  expect(difference(topic, 'emit', senders, place)).toBeUndefined();
});

test.each(TOPIC_NAMES.flatMap((topic) => EVENT_TYPE_FACTS[topic]).filter(isSentByService))(
  '$type is known to $about.from, who sends it',
  ({ type, about: { from } }) => {
    const found = withText(new RegExp(`'${type}'`, 'u'));
    const lacking = `'${type}' stands nowhere in services/${from}/src: send it there, or mark the type unsent in its contract`;
    expect(found.some((service) => service === from) ? undefined : lacking).toBeUndefined();
  },
);

function isSentByService({ about }: EventTypeFacts): boolean {
  return about.unsent !== true && about.from !== 'shop';
}
