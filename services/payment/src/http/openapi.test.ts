import { expect, test } from '@jest/globals';
import { documentFaults } from '@outrider/service-kit/testing';
import { endpointsOf, openApiOf } from '@outrider/service-kit/http';
import { paymentService } from '../payment.module.js';

test('the document says of every operation, parameter, header and answer what it is, with examples that fit', () => {
  const { title, controllers } = paymentService;
  expect(documentFaults(openApiOf({ title, version: '1' }, endpointsOf(controllers)))).toEqual([]);
});
