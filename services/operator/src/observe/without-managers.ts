import type { KubernetesObject } from '../kubernetes/index.js';

/** An object without the lists of who set which of its fields: they are as large as the rest of it. */
export function withoutManagers<T extends KubernetesObject>(object: T): T {
  const metadata = { ...object.metadata };
  Reflect.deleteProperty(metadata, 'managedFields');
  return { ...object, metadata };
}
