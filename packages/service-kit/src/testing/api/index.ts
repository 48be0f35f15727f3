export { ApiBook, type ApiRequest } from './api-book.js';
export { whileKeyIsTaken } from './database-troubles.js';
export { documentFaults } from './document-faults.js';
export { provokeEdges } from './provoke-edges.js';
