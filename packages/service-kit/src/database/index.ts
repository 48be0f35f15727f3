export { MikroORM, type EntityManager } from '@mikro-orm/postgresql';
export type { SqlClient } from '@outrider/common';
export * from './held-connections.js';
export * from './migrations.js';
export * from './orm.js';
export * from './restatement.js';
export * from './list-positions.js';
export * from './sql.js';
export * from './transactor.js';
