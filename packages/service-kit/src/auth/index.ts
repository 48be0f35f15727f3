export { algorithmsSchema } from './algorithms.js';
export { apiKeysSetting, hashApiKey } from './api-keys.js';
export * from './authenticator.js';
export { apiKeysFileSetting, jwksSetting } from './settings.js';
