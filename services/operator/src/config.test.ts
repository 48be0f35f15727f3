import { expect, test } from '@jest/globals';
import { readOperatorConfig } from './config.js';

test('needs a port, and has defaults for the rest; no two processes call themselves the same', () => {
  const config = readOperatorConfig({ ADMIN_PORT: '9090' });
  expect(config).toMatchObject({ ADMIN_PORT: 9_090, LEASE_NAME: 'outrider-operator', LOG_LEVEL: 'info' });
  expect(config.WATCH_NAMESPACE).toBeUndefined();
  expect(config.POD_NAME).not.toBe(readOperatorConfig({ ADMIN_PORT: '9090' }).POD_NAME);
});

test('looks after one namespace, or all', () => {
  for (const namespace of ['shop', '*']) {
    expect(readOperatorConfig({ ADMIN_PORT: '1', WATCH_NAMESPACE: namespace }).WATCH_NAMESPACE).toBe(namespace);
  }
});

test('names every wrong setting at once', () => {
  const wrong = () => readOperatorConfig({ WATCH_NAMESPACE: 'a,b', LEASE_NAME: 'A', POD_NAME: 'a b', ADMIN_PORT: 'x' });
  for (const text of [
    'WATCH_NAMESPACE: must be a namespace, or *',
    'LEASE_NAME: must be a name as Kubernetes has them',
    'POD_NAME: must be letters',
    'ADMIN_PORT: must be a port number',
  ]) {
    expect(wrong).toThrow(text);
  }
});
