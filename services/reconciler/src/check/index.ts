export { checkSpan } from './check-span.js';
export { closeDatabases, openDatabases, type Databases } from './databases.js';
export { Reconciler } from './reconciler.js';
