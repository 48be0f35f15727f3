import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '@outrider/testkit';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { hasPython } from '../testing/python.js';
import { CommandSandbox } from '../testing/started-command.js';

const python = await hasPython();
if (!python)
  process.stderr.write('  no Python 3.11 with venv: what scripts/fuzz makes of findings is not tested here\n');

const TOLD = {
  openapi: '3.1.0',
  info: { title: 'A till', version: '1' },
  paths: {
    '/till': {
      get: {
        operationId: 'readTill',
        responses: {
          '200': {
            description: 'what is in it',
            content: {
              'application/json': {
                schema: { type: 'object', properties: { cents: { type: 'integer' } }, required: ['cents'] },
              },
            },
          },
        },
      },
    },
  },
};

const CENTS: Answer = [200, { cents: 890 }];
type Answer = readonly [status: number, body: object];

let sandbox: CommandSandbox;
let server: Server | undefined;
beforeEach(async () => {
  sandbox = await CommandSandbox.make();
});
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** A service that documents one operation, and answers it so. */
async function serve(answer: Answer): Promise<string> {
  const send = (response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
  server = createServer(({ url = '', method = '' }: IncomingMessage, response) => {
    if (url === '/openapi.json') send(response, 200, TOLD);
    else if (url.split('?')[0] !== '/till') send(response, 404, {});
    else if (method === 'GET' || method === 'HEAD') send(response, ...answer);
    else send(response, 405, {}, { allow: 'GET, HEAD' });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function fuzz(url: string): Promise<{ code: number | null; output: string }> {
  const command = sandbox.start('fuzz', ['--url', url, '--examples', '3']);
  return { code: await command.ended, output: command.output };
}

(python ? describe : describe.skip)('scripts/fuzz (needs Python 3.11)', () => {
  test('passes a service that does what it documents', async () => {
    const url = await serve(CENTS);
    const { code, output } = await fuzz(url);
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    expect(output).toContain(`good  ${url} as nobody: `);
    expect(output).not.toContain('FOUND');
  }, 180_000);

  test.each<[string, Answer, string]>([
    ['a status that is not documented', [202, { cents: 890 }], 'Undocumented status code'],
    ['a 5xx', [500, {}], 'Server error'],
    ['a body that is not as documented', [200, { cents: 8.9 }], 'Response violates schema'],
  ])(
    'fails on %s, and says which and how to see it again',
    async (_what, answer, finding) => {
      const url = await serve(answer);
      const { code, output } = await fuzz(url);
      expect({ code, output: code === 1 ? '' : output }).toEqual({ code: 1, output: '' });
      expect(output).toContain(`FOUND  ${url} as nobody: `);
      expect(output).toContain(finding);
      expect(output).toContain(`again: scripts/fuzz --url ${url} --examples 3 --seed 1`);
    },
    180_000,
  );

  test('fails on a service that is not there', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, output } = await fuzz(url);
    expect(code).toBe(1);
    expect(output).toContain(`FOUND  ${url} as nobody: `);
  }, 180_000);
});

test('a wrong command line is reported in one sentence', async () => {
  const command = sandbox.start('fuzz', ['--url', 'http://127.0.0.1:1', '--service', 'admin']);
  expect(await command.ended).toBe(2);
  expect(command.output).toContain("'--url <url>' cannot be used with option '--service <name>'");
}, 60_000);
