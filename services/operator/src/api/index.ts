export * from './commerce-service.js';
export * from './conditions.js';
export * from './definition.js';
export * from './names.js';
export type * from './objects.js';
export * from './outbox-worker.js';
export * from './reasons.js';
export type { Schema, ValidationRule } from './schema.js';
