import { errors } from 'jose';

/**
 * Why a token is refused, for its bearer. Claims are looked at when the signature has been verified, so who makes up a
 * token learns that it is not signed as it should be, and no more; so does the bearer of another issuer's token.
 */
export function tokenRefusal(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error.claim);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The token is signed by an algorithm that is not accepted.';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed) {
    return 'The token is not signed by a key of the issuer that is accepted here.';
  }
  return 'The token is not valid.';
}

function claimRefusal(claim: string): string {
  switch (claim) {
    case 'iss':
      return 'The token is of another issuer.';
    case 'aud':
      return 'The token is for another audience.';
    case 'nbf':
      return 'The token is not valid yet.';
    default:
      return `The token has no usable ${claim}.`;
  }
}
