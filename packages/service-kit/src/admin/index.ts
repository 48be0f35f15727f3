export { addAdminApi, type AdminApiOptions } from './admin-api.js';
export { Replays } from './replays.js';
