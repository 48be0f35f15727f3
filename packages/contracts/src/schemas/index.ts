export { asyncApi } from './async-api.js';
export { eventDocuments, releasedFiles, SCHEMA_FOLDER } from './documents.js';
export { changedTopics, describeBreak, unreadByPresent, unreadByReleased, type Break } from './compatibility.js';
export { presentContracts, topicSchema, type ContractSet, type TopicSchema } from './topic-schema.js';
