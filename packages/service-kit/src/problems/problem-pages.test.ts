import { expect, test } from '@jest/globals';
import { PROBLEMS, problemPage, type ProblemKind } from '@outrider/contracts';
import { fastify } from 'fastify';
import { problemOf, sendProblem, serveProblemPages } from './index.js';

test('the type of each problem leads to its page on the server that sent it', async () => {
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, problemOf(error)));
  serveProblemPages(app);
  for (const kind of Object.keys(PROBLEMS) as ProblemKind[]) {
    const { statusCode, headers, body } = await app.inject(`/problems/${kind}`);
    expect([statusCode, headers['content-type'], body]).toEqual([
      200,
      'text/markdown; charset=utf-8',
      problemPage(kind),
    ]);
  }
  for (const unknown of ['x', 'constructor', '__proto__']) {
    const { statusCode, json } = await app.inject(`/problems/${unknown}`);
    expect([statusCode, json().type]).toEqual([404, '/problems/not-found']);
  }
  await app.close();
});
