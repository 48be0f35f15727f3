import {
  ABORT_REASONS,
  CONDITIONS,
  EVENTS,
  KINDS,
  PROGRESS_REASONS,
  STALLED_REASONS,
  type Schema,
} from '@outrider/operator/api';

/** docs/operator-reference.md: every field, condition and reason of the operator's kinds, from what they are made of. */
export function referenceText(): string {
  const kinds = KINDS.flatMap(({ kind, short, description, spec, status }) => [
    `## ${kind} (${short})`,
    description,
    '### spec',
    fields(spec),
    '### status',
    fields(status),
  ]);
  return [
    '# Kinds of the operator',
    'Made from `services/operator/src/api` by `npm run docs:operator`; do not edit. [What they are for](operator.md).',
    ...kinds,
    '## Conditions',
    table(['condition', 'is True when'], Object.entries(CONDITIONS)),
    '## Reasons of Stalled',
    'Nothing goes on by itself. Beside these, the [judge’s reasons](judge.md) with which a canary failed.',
    table(['reason', ''], Object.entries({ ...ABORT_REASONS, ...STALLED_REASONS })),
    '## Reasons of Ready, Reconciling and Progressing',
    table(['reason', ''], Object.entries(PROGRESS_REASONS)),
    '## Events',
    table(
      ['reason', 'type', ''],
      Object.entries(EVENTS).map(([reason, { type, meaning }]) => [reason, type, meaning]),
    ),
    '',
  ].join('\n\n');
}

function fields(schema: Schema): string {
  return table(['field', 'default', 'what it is', 'rules'], rows(schema, ''));
}

function rows({ properties = {}, required = [] }: Schema, prefix: string): string[][] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const { items, default: byDefault } = field;
    const shown = byDefault === undefined || isObject(byDefault) ? '' : `\`${JSON.stringify(byDefault)}\``;
    const row = [`\`${path}\`${required.includes(name) ? ' *' : ''}`, shown, field.description, rulesOf(field)];
    // a pod's template is Kubernetes' to describe
    if (field.properties?.['spec']?.['x-kubernetes-preserve-unknown-fields'] === true) return [row];
    return [row, ...rows(field, `${path}.`), ...(items === undefined ? [] : rows(items, `${path}[].`))];
  });
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function rulesOf({ enum: values, minimum, maximum, 'x-kubernetes-validations': rules = [] }: Schema): string {
  return [
    ...(values === undefined ? [] : [values.join(', ')]),
    ...(minimum === undefined ? [] : [`${minimum} … ${maximum ?? ''}`]),
    ...rules.map(({ message }) => message),
  ].join('; ');
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...lines.map(line)].join('\n');
}
