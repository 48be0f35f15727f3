export { readCatalogue, type GrantedObject } from './catalogue.js';
export {
  grantRights,
  planRights,
  RoleError,
  type RightsPlan,
  type RoleNames,
  type RoleSettings,
} from './grant-rights.js';
export { missingRights } from './missing-rights.js';
export { RightsCheck } from './rights-check.js';
export { rightsOn, ROLE_KINDS, TABLE_RIGHTS, type DatabaseObject, type Right, type RoleKind } from './rights.js';
