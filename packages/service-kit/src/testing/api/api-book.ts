import type { CallOptions, CallResult } from '../call.js';
import type { TestService } from '../test-service.js';
import { misfit, operationsOf, type ApiDocument, type Located, type ResponseOf } from './document.js';

/** A request by what the document calls its parts. */
export interface ApiRequest extends CallOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** Headers that any answer of any server may have, and those that protect browsers: the document says them nowhere. */
const GENERAL =
  /^(?:date|connection|keep-alive|cache-control|content-(?:type|length|security-policy)|transfer-encoding|vary|access-control-.*|cross-origin-.*|origin-agent-cluster|referrer-policy|strict-transport-security|x-(?:content-type-options|dns-prefetch-control|download-options|frame-options|permitted-cross-domain-policies|xss-protection))$/u;

const TYPE = '/problems/';

/**
 * Calls a service's operations, holds every answer against what its OpenAPI document says of that operation, and keeps
 * the book of which documented answers have come.
 */
export class ApiBook {
  readonly #seen = new Set<string>();

  private constructor(
    readonly service: TestService,
    readonly operations: readonly Located[],
  ) {}

  static async open(service: TestService): Promise<ApiBook> {
    const { body } = await service.call('GET', '/openapi.json');
    return new ApiBook(service, operationsOf(body as ApiDocument));
  }

  /** @throws Error when the answer is not as documented */
  async call(operationId: string, request: ApiRequest = {}, on: TestService = this.service): Promise<CallResult> {
    const { method } = this.operation(operationId);
    const { params: _params, query: _query, ...options } = request;
    return this.noted(operationId, await on.call(method, this.target(operationId, request), options));
  }

  /** Holds an answer that came some other way against the document, too. */
  noted(operationId: string, answer: CallResult): CallResult {
    const { responses } = this.operation(operationId).operation;
    const documented = responses[answer.status];
    const kind = kindOf(answer);
    const what = [operationId, answer.status, ...(kind === undefined ? [] : [kind])].join(' ');
    const faults = documented === undefined ? ['not documented'] : faultsOf(answer, documented, kind);
    if (faults.length > 0) throw new Error(`${what}: ${faults.join('; ')}\n${JSON.stringify(answer.body)}`);
    this.#seen.add(what);
    return answer;
  }

  /**
   * Every documented answer that has not come: the operation, its status and, of problems, their kind. An operation that was never
   * called is one line, which says what to do.
   */
  unseen(): string[] {
    return this.operations.flatMap(({ operation: { operationId, responses } }) => {
      const documented = Object.entries(responses).flatMap(([status, { content = {} }]) => {
        const kinds = Object.keys(content['application/problem+json']?.examples ?? {});
        return kinds.length === 0
          ? [`${operationId} ${status}`]
          : kinds.map((kind) => `${operationId} ${status} ${kind}`);
      });
      const unseen = documented.filter((what) => !this.#seen.has(what));
      if (unseen.length < documented.length) return unseen;
      return [
        `${operationId}: none of its ${documented.length} documented answers came. Give provokeEdges a valid request of it, ` +
          "and call it here by book.call for each answer that is the operation's own",
      ];
    });
  }

  operation(operationId: string): Located {
    const found = this.operations.find(({ operation }) => operation.operationId === operationId);
    if (found === undefined) throw new Error(`the document has no ${operationId}`);
    return found;
  }

  /** Is this kind of problem documented for the operation? */
  has(operationId: string, kind: string): boolean {
    return Object.values(this.operation(operationId).operation.responses).some(
      ({ content = {} }) => content['application/problem+json']?.examples?.[kind] !== undefined,
    );
  }

  /** The path and query of a request. */
  target(operationId: string, { params = {}, query = {} }: ApiRequest): string {
    const path = this.operation(operationId).path.replaceAll(/\{(\w+)\}/gu, (_, name: string) =>
      encodeURIComponent(params[name] ?? ''),
    );
    const search = new URLSearchParams(query).toString();
    return search === '' ? path : `${path}?${search}`;
  }
}

function kindOf({ status, body }: CallResult): string | undefined {
  if (status < 400) return undefined;
  const { type } = body as { readonly type?: unknown };
  return typeof type === 'string' && type.startsWith(TYPE) ? type.slice(TYPE.length) : `no problem: ${String(type)}`;
}

function faultsOf(answer: CallResult, documented: ResponseOf, kind: string | undefined): string[] {
  return [...bodyFaults(answer, documented, kind), ...headerFaults(answer.headers, documented)];
}

function bodyFaults({ headers, body }: CallResult, { content }: ResponseOf, kind: string | undefined): string[] {
  if (content === undefined) return body === '' ? [] : ['a body, and none is documented'];
  const type = (headers.get('content-type') ?? '').replace(/;.*$/u, '');
  const of = content[type];
  if (of === undefined) return [`content type ${type} is not documented`];
  const wrong = misfit(of.schema, body);
  if (wrong !== undefined) return [wrong];
  if (kind === undefined) return [];
  const example = of.examples?.[kind]?.value as object | undefined;
  if (example === undefined) return ['this kind is not documented'];
  const known = new Set([...Object.keys(example), 'detail']);
  return Object.keys(body as object)
    .filter((member) => !known.has(member))
    .map((member) => `its example lacks the member ${member}`);
}

function headerFaults(headers: Headers, { headers: documented = {} }: ResponseOf): string[] {
  const byName = new Map(Object.entries(documented).map(([name, header]) => [name.toLowerCase(), header]));
  const came = [...headers].filter(([name]) => !GENERAL.test(name));
  return [
    ...came.flatMap(([name, value]) => {
      const header = byName.get(name);
      if (header === undefined) return [`the header ${name} is not documented`];
      const wrong = misfit(header.schema, value);
      return wrong === undefined ? [] : [`the header ${name}: ${wrong}`];
    }),
    ...[...byName].flatMap(([name, { required }]) =>
      required === true && !headers.has(name) ? [`the header ${name} is missing`] : [],
    ),
  ];
}
