export { OwnApiServer, type ApiServerOptions } from './own-api-server.js';
export { givenKubeconfig } from './given-kubeconfig.js';
