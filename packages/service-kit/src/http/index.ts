export * from './access.js';
export * from './callers.js';
export * from './endpoint.js';
export * from './methods.js';
export * from './openapi.js';
export * from './openapi-problems.js';
export * from './raw-body.js';
export * from './response-headers.js';
