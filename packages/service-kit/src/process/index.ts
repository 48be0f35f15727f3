export { closeAll, type Closing } from './close-all.js';
export { loadInTurns, SERVICE_LIBRARIES } from './load-in-turns.js';
export { runProcess, type Lifetime } from './run-process.js';
