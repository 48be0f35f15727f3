import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';

export interface Caller {
  readonly sub: string;
  readonly admin: boolean;
}
export interface Request {
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
/** By method and first part of the path; undefined: there is no such thing. */
export type Routes = Readonly<Record<string, (request: Request) => Promise<Answer | undefined>>>;

/** An answer that is a refusal. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
  ) {
    super(kind);
  }
}

export async function listen(port: number, routes: Routes): Promise<void> {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://localhost');
      const route = routes[`${incoming.method} ${url.pathname.split('/', 2).join('/')}`];
      const asked = { url, headers: incoming.headers, body: Buffer.concat(chunks).toString('utf8') };
      void answerOf(route, asked).then(({ status, body, headers }) => {
        const text = JSON.stringify(body);
        const type = status < 400 ? 'application/json' : 'application/problem+json';
        response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...headers });
        response.end(text);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

async function answerOf(route: Routes[string] | undefined, request: Request): Promise<Answer> {
  try {
    const answer = await route?.(request);
    return answer ?? problem(404, 'not-found');
  } catch (error) {
    if (error instanceof Refusal) return problem(error.status, error.kind);
    console.error(error);
    return problem(503, 'unavailable');
  }
}

function problem(status: number, kind: string): Answer {
  return { status, body: { type: `https://outrider.dev/problems/${kind}`, title: kind, status } };
}

interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly exp: number;
  readonly roles: readonly string[];
}

/** Who asks, by token; a token that was verified is remembered until it expires. */
export function authenticator(jwksFile: string, issuer: string, audience: string): (request: Request) => Caller {
  const { keys } = JSON.parse(readFileSync(jwksFile, 'utf8')) as { keys: JsonWebKey[] };
  const key = createPublicKey({ key: keys[0] ?? {}, format: 'jwk' });
  const known = new Map<string, Claims>();
  return ({ headers: { authorization = '' } }) => {
    let claims = known.get(authorization);
    if (claims === undefined) {
      claims = verified(key, authorization.replace(/^Bearer /u, ''));
      if (claims.iss !== issuer || claims.aud !== audience) throw new Refusal(401, 'unauthenticated');
      known.set(authorization, claims);
    }
    if (claims.exp * 1_000 > Date.now()) return { sub: claims.sub, admin: claims.roles.includes('admin') };
    known.delete(authorization);
    throw new Refusal(401, 'unauthenticated');
  };
}

function verified(key: KeyObject, token: string): Claims {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const signed = Buffer.from(`${header}.${payload}`);
  const good = verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  if (!good) throw new Refusal(401, 'unauthenticated');
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims;
}
