import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { EVENT_TYPE_FACTS, TOPIC_NAMES, TOPICS, type EventTypeFacts, type Service } from '@outrider/contracts';
import { PROJECT_ROOT } from '../run/project.js';

// The documents say who sends and who receives; here the services' sources are asked.
const SERVICES: readonly Service[] = ['order', 'inventory', 'payment', 'product'];

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

test.each(TOPIC_NAMES)('%s is read by those that its document names, and by no other service', (topic) => {
  expect(withText(new RegExp(`subscribe\\(\\s*'${topic}'`, 'u'))).toEqual([...TOPICS[topic].readers].sort(inOrder));
});

test.each(TOPIC_NAMES)('%s is written by those that its document names, and by no other service', (topic) => {
  const named = new Set(EVENT_TYPE_FACTS[topic].flatMap(({ about }) => (about.unsent === true ? [] : [about.from])));
  const services = SERVICES.filter((service) => named.has(service));
  expect(withText(new RegExp(`emit\\(\\s*'${topic}'`, 'u'))).toEqual(services);
});

const isSentByService = ({ about }: EventTypeFacts): boolean => about.unsent !== true && about.from !== 'shop';

test.each(TOPIC_NAMES.flatMap((topic) => EVENT_TYPE_FACTS[topic]).filter(isSentByService))(
  '$type is known to $about.from, who sends it',
  ({ type, about }) => {
    expect(withText(new RegExp(`'${type}'`, 'u'))).toContain(about.from);
  },
);

function inOrder(one: Service, other: Service): number {
  return SERVICES.indexOf(one) - SERVICES.indexOf(other);
}
