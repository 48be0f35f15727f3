import { misfit, operationsOf, type ApiDocument, type Located, type Operation } from './document.js';

/**
 * What a document leaves out, and where it contradicts itself: an operation, parameter, header or answer without an
 * example or a description, a summary that is no order of a few words, and examples that do not fit the schema that
 * stands beside them. None: it is whole.
 */
export function documentFaults(document: unknown): string[] {
  return operationsOf(document as ApiDocument).flatMap(faultsOf);
}

/** A verb in its plain form, which never ends in s here, and what it is done to. */
const ORDER = /^[A-Z][a-z]*[a-rt-z] [a-zA-Z' -]{3,40}$/u;

function faultsOf({ operation }: Located): string[] {
  const { operationId, summary = '', tags = [], parameters = [], requestBody, responses } = operation;
  return [
    ...(ORDER.test(summary) ? [] : [`${operationId}: '${summary}' is no order of a few words, as 'Place an order'`]),
    ...(tags.length === 1 ? [] : [`${operationId}: not in one group`]),
    ...parameters.flatMap((parameter) =>
      describedFaults(`${operationId} ${parameter.in} ${parameter.name}`, parameter),
    ),
    ...(requestBody === undefined ? [] : contentFaults(`${operationId} request`, requestBody.content)),
    ...Object.entries(responses).flatMap(([status, { description, headers = {}, content }]) => {
      const where = `${operationId} ${status}`;
      return [
        ...(description === '' ? [`${where}: no description`] : []),
        ...Object.entries(headers).flatMap(([name, header]) => describedFaults(`${where} ${name}`, header)),
        ...(content === undefined ? withoutContent(where, status) : contentFaults(where, content)),
      ];
    }),
  ];
}

function withoutContent(where: string, status: string): string[] {
  return status === '204' ? [] : [`${where}: no content`];
}

type Described =
  | NonNullable<Operation['parameters']>[number]
  | NonNullable<Operation['responses'][string]['headers']>[string];

function describedFaults(where: string, { description = '', example, schema }: Described): string[] {
  const faults = description === '' ? [`${where}: no description`] : [];
  if (example === undefined) return [...faults, `${where}: no example`];
  const wrong = misfit(schema, example);
  return wrong === undefined ? faults : [...faults, `${where}: ${wrong}`];
}

function contentFaults(where: string, content: NonNullable<Operation['requestBody']>['content']): string[] {
  return Object.values(content).flatMap(({ schema, examples = {} }) => {
    const all = Object.entries(examples);
    if (all.length === 0) return [`${where}: no example`];
    return all.flatMap(([name, { value }]) => {
      const wrong = misfit(schema, value);
      return wrong === undefined ? [] : [`${where}, example ${name}: ${wrong}`];
    });
  });
}
