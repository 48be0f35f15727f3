import { expect, test } from '@jest/globals';
import { withoutManagers } from './without-managers.js';

test('who set which fields is not kept, everything else is', () => {
  const object = {
    kind: 'Job',
    metadata: { name: 'one', uid: 'u', managedFields: [{ manager: 'helm', fieldsV1: {} }] },
    spec: { suspend: true },
  };
  expect(withoutManagers(object)).toEqual({
    kind: 'Job',
    metadata: { name: 'one', uid: 'u' },
    spec: { suspend: true },
  });
  expect(object.metadata.managedFields).toHaveLength(1);
});
