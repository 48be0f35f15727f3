export { AccessKeys } from './access-keys.js';
export { accessCases, readAccessTable, type AccessTable } from './access-table.js';
export { OWNER, STRANGER, tryAccess, type AccessTrialOptions, type ValidRequest } from './access-trial.js';
export { ApiBook, documentFaults, provokeEdges, whileKeyIsTaken, type ApiRequest } from './api/index.js';
export type { CallOptions, CallResult } from './call.js';
export { changedBodies, fieldsOf, type ChangedBody } from './changed-bodies.js';
export { pauseConsumption } from './pause-consumption.js';
export { tableDifferences } from './table-differences.js';
export { startTestService, type TestService, type TestServiceOptions } from './test-service.js';
