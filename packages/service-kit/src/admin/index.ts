export { adminControllers, adminEndpoints, adminProblemOf } from './admin-api.js';
export type { AdminContext } from './admin-context.js';
export { Replays } from './replays.js';
