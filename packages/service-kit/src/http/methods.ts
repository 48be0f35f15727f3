import type { EndpointDefinition } from './endpoint.js';

/** Which methods a path answers, so that a wrong one can be told from an unknown path. */
export function methodsByPath(endpoints: readonly EndpointDefinition[]): (path: string) => readonly string[] {
  const routes = endpoints.map((endpoint) => ({
    method: endpoint.method,
    pattern: new RegExp(`^${endpoint.path.replaceAll(/:\w+/gu, '[^/]+')}$`, 'u'),
  }));
  return (path) => {
    const methods = new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method as string));
    if (methods.has('GET')) methods.add('HEAD');
    return [...methods].sort();
  };
}
