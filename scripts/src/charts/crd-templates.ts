import { definitionOf, KINDS } from '@outrider/operator/api';
import { stringify } from 'yaml';

/** The templates of the operator's kinds, by the names of their files; made of the schemas in services/operator/src/api. */
export const CRD_TEMPLATES: Readonly<Record<string, () => string>> = Object.fromEntries(
  KINDS.map((kind) => [`crd-${kind.plural}.yaml`, () => crdTemplate(kind)]),
);

function crdTemplate(kind: (typeof KINDS)[number]): string {
  return [
    '{{- include "operator.accept" . -}}',
    '{{- if .Values.crds.enabled }}',
    '# Made by `npm run charts` from services/operator/src/api; do not edit.',
    stringify(definitionOf(kind), { aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd(),
    '{{- end }}',
    '',
  ].join('\n');
}
