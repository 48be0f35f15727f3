export { addAdminApi, type AdminApiOptions } from './admin-api.js';
export { adminEndpoints } from './endpoints.js';
export { Replays } from './replays.js';
