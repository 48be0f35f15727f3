import { isUtf8 } from 'node:buffer';
import { ProblemError } from '@outrider/contracts';
import type { FastifyInstance } from 'fastify';
// oxlint-disable-next-line import/default -- Node loads its CommonJS build, whose exports are the default
import jsonc, { type ParseError } from 'jsonc-parser';
import type { EndpointDefinition } from './endpoint.js';
import type { RequestWithPrincipal } from './read-request.js';

/**
 * Parses JSON bodies; what is not JSON is refused with `malformed`, which says where it stops being JSON.
 *
 * Endpoints that ask for it get the unparsed bytes: a signature is over bytes, which are not to be parsed before the
 * sender is known. To be called before routes are added.
 */
export function readJsonBodies(fastify: FastifyInstance, endpoints: readonly EndpointDefinition[]): void {
  const routes = (which: (endpoint: EndpointDefinition) => boolean): ReadonlySet<string> =>
    new Set(endpoints.filter(which).map(({ method, path }) => `${method} ${path}`));
  const raw = routes(({ rawBody }) => rawBody === true);
  const withBody = routes(({ body }) => body !== undefined);
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const route = `${request.method} ${request.routeOptions.url ?? ''}`;
    if (raw.has(route)) {
      (request as RequestWithPrincipal).rawBodyBytes = body;
      done(null, undefined);
      return;
    }
    // many clients name the type of a body that they do not send
    if (body.length === 0 && !withBody.has(route)) {
      done(null, undefined);
      return;
    }
    // else what is not would become other letters, and two texts the same
    if (!isUtf8(body)) {
      done(new ProblemError('malformed', 'The body is not UTF-8'));
      return;
    }
    const text = body.toString('utf8');
    void parseJson(request, text, (error, value) => {
      if (error === null) done(null, value);
      else done(new ProblemError('malformed', whyRefused(text)));
    });
  });
}

function whyRefused(text: string): string {
  if (text === '') return 'The body is empty';
  const errors: ParseError[] = [];
  jsonc.parse(text, errors, { disallowComments: true });
  const [first] = errors;
  // JSON all the same: what was refused is a name by which an object could change others
  if (first === undefined) return 'The body has an object with the name __proto__, or with constructor.prototype';
  const lines = text.slice(0, first.offset).split('\n');
  return `The body is not JSON: line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}
