import { expect, test } from '@jest/globals';
import { ObjectCache } from './object-cache.js';
import type { KubernetesObject } from './objects.js';

const object = (name: string, resourceVersion: string): KubernetesObject => ({
  metadata: { namespace: 'shop', name, resourceVersion },
});
const versions = (cache: ObjectCache<KubernetesObject>) =>
  cache.all().map(({ metadata: { name, resourceVersion } }) => `${name} ${resourceVersion}`);

test('a list that is older than a write does not undo it', () => {
  const cache = new ObjectCache();
  cache.replace([object('a', '5')], '7');
  cache.written(object('a', '9'));
  cache.written(object('b', '10'));
  cache.replace([object('a', '5')], '8');
  expect(versions(cache)).toEqual(['a 9', 'b 10']);
  cache.replace([object('a', '11')], '11');
  expect(versions(cache)).toEqual(['a 11']);
});

test('what a server lists that was restored from a backup is what there is, though its versions are older', () => {
  const cache = new ObjectCache();
  cache.replace([object('a', '90'), object('b', '95')], '100');
  cache.written(object('c', '101'));
  cache.replace([object('a', '40')], '50');
  expect(versions(cache)).toEqual(['a 40']);
  cache.shown(object('a', '51'));
  cache.written(object('b', '52'));
  expect(versions(cache)).toEqual(['a 51', 'b 52']);
});
