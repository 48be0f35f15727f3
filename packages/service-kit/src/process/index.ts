export { loadInTurns, SERVICE_LIBRARIES } from './load-in-turns.js';
export { runProcess, type Lifetime } from './run-process.js';
export { startStages, stopStages, type Stage } from './stages.js';
