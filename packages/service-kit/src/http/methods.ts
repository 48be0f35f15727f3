import type { EndpointDefinition } from './endpoint.js';

/**
 * Which methods a path answers, so that a wrong method and an unknown path are answered differently. Of the endpoints whose path fits, those
 * with the fewest parameters count, as the router prefers them: `/a/:id/retry` goes before `/a/:id/:part`.
 */
export function methodsByPath(endpoints: readonly EndpointDefinition[]): (path: string) => readonly string[] {
  const routes = endpoints.map((endpoint) => ({
    method: endpoint.method as string,
    pattern: new RegExp(`^${endpoint.path.replaceAll(/:\w+/gu, '[^/]*')}$`, 'u'),
    parameters: endpoint.path.split('/:').length - 1,
  }));
  return (path) => {
    const fitting = routes.filter(({ pattern }) => pattern.test(path));
    const fewest = Math.min(...fitting.map(({ parameters }) => parameters));
    const methods = new Set(fitting.filter(({ parameters }) => parameters === fewest).map(({ method }) => method));
    if (methods.has('GET')) methods.add('HEAD');
    return [...methods].sort();
  };
}
