import { describe, expect, test } from '@jest/globals';
import { ProblemError, problemSchema, PROBLEMS, type ProblemKind } from './problem.js';

const KINDS = Object.keys(PROBLEMS) as ProblemKind[];

describe('problems', () => {
  test.each(KINDS)('%s has a status of an error and a stable type', (kind) => {
    const error = new ProblemError(kind);
    const problem = problemSchema.parse(error.toProblem());
    expect(problem).toEqual({ type: `/problems/${kind}`, title: PROBLEMS[kind].title, status: error.status });
    expect(error.status).toBeGreaterThanOrEqual(400);
    expect(error.status).toBeLessThan(600);
    expect(kind).toMatch(/^[a-z]+(-[a-z]+)*$/u);
  });

  test('what depends on state is 409, a reused key with another body is 422 and the only one', () => {
    const of = (status: number): string[] => KINDS.filter((kind) => PROBLEMS[kind].status === status).sort();
    expect(of(422)).toEqual(['idempotency-key-reused']);
    expect(of(409)).toEqual(
      expect.arrayContaining([
        'currency-mismatch',
        'price-changed',
        'product-retired',
        'sku-taken',
        'version-conflict',
      ]),
    );
  });

  test('detail and further members go along; headers do not go into the body', () => {
    const error = new ProblemError('price-changed', 'It is 300 now', { total: 300 }, { 'retry-after': '1' });
    expect(error.message).toBe('It is 300 now');
    expect(error.headers).toEqual({ 'retry-after': '1' });
    expect(error.toProblem()).toEqual({
      type: '/problems/price-changed',
      title: 'The price has changed',
      status: 409,
      detail: 'It is 300 now',
      total: 300,
    });
  });

  test('further members cannot turn one problem into another', () => {
    const extra = { type: '/problems/internal', status: 500, title: 'x' };
    expect(new ProblemError('not-found', undefined, extra).toProblem()).toMatchObject({
      type: '/problems/not-found',
      status: 404,
      title: 'Not found',
    });
  });
});
