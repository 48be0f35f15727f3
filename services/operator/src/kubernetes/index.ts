export { ApiClient, type Call, type CallObserver } from './api-client.js';
export { ApiError, NoAnswerError } from './api-error.js';
export { inClusterAccess, kubeconfigAccess, type ClusterAccess } from './cluster-access.js';
export { EVENT, recordEvent, type EventText } from './record-event.js';
export { FencedWriter, LeadershipLostError } from './fenced-writer.js';
export {
  ELECTION_TIMES,
  LEASE,
  LeaderElection,
  type ElectionPlace,
  type ElectionTimes,
  type Leadership,
} from './leader-election.js';
export { ObjectCache, type Change } from './object-cache.js';
export { keyOf, pathOf, splitKey, type KubernetesObject, type ObjectMeta, type Resource } from './objects.js';
export { ObjectWatch, WATCH_TIMES, type RestartReason, type WatchedObjects, type WatchTimes } from './object-watch.js';
export { WORK_QUEUE_TIMES, WorkQueue, type Work, type WorkQueueTimes } from './work-queue.js';
