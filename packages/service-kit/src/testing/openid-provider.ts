import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider, type JWK } from 'oidc-provider';

const API = 'https://api.shop.example';
const SHOP = { id: 'shop-front', redirect: 'https://shop.example/signed-in' };
const BACK_OFFICE = { id: 'back-office', secret: randomBytes(16).toString('hex') };

/** A real OpenID provider on loopback, set up as a shop would: customers log in, the back office has a client. */
export interface OpenIdProvider {
  readonly issuer: string;
  /** what its access tokens for the shop's API have as `aud` */
  readonly audience: string;
  readonly jwksUrl: string;
  /** How often its keys were requested by this URL; a query of its own makes a client's requests countable. */
  asked(jwksUrl: string): number;
  /** A person logs in and the shop's pages exchange the code: an access token of `sub` with these roles. */
  logIn(sub: string): Promise<string>;
  /** The back office's own access token, by its client credentials. */
  backOffice(): Promise<string>;
  /** From now on these keys are published, and the first signs. Keys are made when their name is new. */
  useKeys(...kids: readonly string[]): Promise<void>;
  /** Is gone for all who ask, as by a network that drops everything; or there again. */
  away(away: boolean): void;
  close(): Promise<void>;
}

/**
 * Starts it.
 *
 * @param rolesOf which roles a subject has; they come as `realm_access.roles`, as with Keycloak
 */
export async function startOpenIdProvider(
  rolesOf: (sub: string) => readonly string[],
  ...kids: readonly string[]
): Promise<OpenIdProvider> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const asked = new Map<string, number>();
  let gone = false;
  const server = createServer((request, response) => {
    const { url = '' } = request;
    asked.set(url, (asked.get(url) ?? 0) + 1);
    if (gone) request.socket.destroy();
    else handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = new Map<string, JWK>();
  const cookieKey = randomBytes(16).toString('hex');

  const useKeys = async (...names: readonly string[]): Promise<void> => {
    for (const kid of names) {
      if (keys.has(kid)) continue;
      const { privateKey } = await generateKeyPair('RS256', { extractable: true });
      keys.set(kid, { ...((await exportJWK(privateKey)) as JWK), kid, alg: 'RS256', use: 'sig' });
    }
    // it reads its keys when it starts: a rotation is a restart with others, as its operators do it
    handle = providerWith(
      issuer,
      names.flatMap((kid) => keys.get(kid) ?? []),
      cookieKey,
      rolesOf,
    );
  };
  await useKeys(...kids);

  return {
    issuer,
    audience: API,
    jwksUrl: `${issuer}/jwks`,
    asked: (jwksUrl) => asked.get(jwksUrl.slice(issuer.length)) ?? 0,
    logIn: (sub) => logIn(issuer, sub),
    backOffice: () =>
      tokenFor(issuer, {
        grant_type: 'client_credentials',
        client_id: BACK_OFFICE.id,
        client_secret: BACK_OFFICE.secret,
        resource: API,
        scope: 'api',
      }),
    useKeys,
    away: (away) => (gone = away),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function providerWith(
  issuer: string,
  keys: JWK[],
  cookieKey: string,
  rolesOf: (sub: string) => readonly string[],
): (request: IncomingMessage, response: ServerResponse) => void {
  const provider = new Provider(issuer, {
    jwks: { keys },
    cookies: { keys: [cookieKey] },
    clients: [
      {
        client_id: SHOP.id,
        token_endpoint_auth_method: 'none',
        redirect_uris: [SHOP.redirect],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
      {
        client_id: BACK_OFFICE.id,
        client_secret: BACK_OFFICE.secret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [],
        grant_types: ['client_credentials'],
        response_types: [],
      },
    ],
    scopes: ['openid', 'api'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'api',
          audience: API,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3_600,
          jwt: { sign: { alg: 'RS256' } },
        }),
        useGrantedResource: () => true,
      },
    },
    interactions: { url: (_context, { uid }) => `/log-in/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    // the shop's own pages need no consent
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ accountId: oidc.session?.accountId ?? '', clientId: SHOP.id });
      grant.addOIDCScope('openid api');
      grant.addResourceScope(API, 'api');
      await grant.save();
      return grant;
    },
    extraTokenClaims: (_context, token) => ({
      realm_access: { roles: [...rolesOf('accountId' in token ? token.accountId : (token.clientId ?? ''))] },
    }),
  });
  const serve = provider.callback();
  return (request, response) => {
    if (request.url?.startsWith('/log-in/') !== true) {
      void serve(request, response);
      return;
    }
    // the page where a person would type name and password
    void provider
      .interactionDetails(request, response)
      .then(({ params }) =>
        provider.interactionFinished(request, response, { login: { accountId: String(params['login_hint']) } }),
      );
  };
}

/** Follows the redirects of a login as a browser does, with its cookies, and exchanges the code. */
async function logIn(issuer: string, sub: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: SHOP.id,
    response_type: 'code',
    redirect_uri: SHOP.redirect,
    scope: 'openid api',
    resource: API,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    login_hint: sub,
  });
  const cookies = new Map<string, string>();
  let at = new URL(`${issuer}/auth?${query.toString()}`);
  while (at.origin === issuer) {
    const answer = await fetch(at, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/u.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the login ended at ${at.href}: ${answer.status} ${await answer.text()}`);
    at = new URL(location, at);
  }
  const code = at.searchParams.get('code');
  if (code === null) throw new Error(`the login failed: ${at.href}`);
  return tokenFor(issuer, {
    grant_type: 'authorization_code',
    client_id: SHOP.id,
    code,
    redirect_uri: SHOP.redirect,
    code_verifier: verifier,
    resource: API,
  });
}

async function tokenFor(issuer: string, form: Record<string, string>): Promise<string> {
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const body = (await answer.json()) as { access_token?: string };
  if (body.access_token === undefined) throw new Error(`no token: ${JSON.stringify(body)}`);
  return body.access_token;
}
