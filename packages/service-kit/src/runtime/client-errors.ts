import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ProblemError, type ProblemKind } from '@outrider/contracts';
import { SECURITY_HEADERS } from './security-headers.js';

const KINDS: Readonly<Record<string, ProblemKind>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload-too-large',
};

/**
 * Answers what never becomes a request of a route: too slow, too long, or not HTTP. Then the connection is closed.
 *
 * @param isAnswering whether an answer is being written to the connection, which must not be mixed with another
 */
export function answerClientError(
  error: { readonly code?: string },
  socket: Socket,
  isAnswering: (socket: Socket) => boolean,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const problem = new ProblemError(KINDS[error.code ?? ''] ?? 'malformed').toProblem();
  const body = JSON.stringify(problem);
  const headers = {
    ...SECURITY_HEADERS,
    connection: 'close',
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`, ...lines].join('\r\n');
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy());
}
