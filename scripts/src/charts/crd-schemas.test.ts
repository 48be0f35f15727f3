import { expect, test } from '@jest/globals';
import { crdSchemas } from './crd-schemas.js';

const CRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec:
  group: example.org
  names: { kind: Thing }
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: { x-kubernetes-int-or-string: true, anyOf: [] }
                anything: { type: object, x-kubernetes-preserve-unknown-fields: true, properties: { a: { type: string } } }
---
kind: Deployment
`;

test('a definition is a schema for each version, which refuses fields that it does not have', () => {
  expect(crdSchemas(CRD)).toEqual([
    {
      file: 'thing-example.org-v1.json',
      schema: {
        type: 'object',
        additionalProperties: false,
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { type: 'object' },
          spec: {
            type: 'object',
            additionalProperties: false,
            properties: {
              size: { type: ['integer', 'string'] },
              anything: {
                type: 'object',
                'x-kubernetes-preserve-unknown-fields': true,
                properties: { a: { type: 'string' } },
              },
            },
          },
        },
      },
    },
  ]);
});
