import { looksLikeToken } from '../../platform/secrets/opaque-token.ts';
import { OAuthError, type OAuthRequest, parameter } from './oauth-message.ts';

/** How a caller of ours proves who it is; nothing of it is verified yet. */
export type Credentials =
  | { readonly method: 'service_key'; readonly key: string }
  | { readonly method: 'client_secret'; readonly clientId: string; readonly secret: string }
  | { readonly method: 'private_key_jwt'; readonly clientId: string; readonly assertion: string }
  /** A client that can keep no secret only says its name. */
  | { readonly method: 'none'; readonly clientId: string };

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** RFC 6749 appendix A.1 and A.2: visible characters and space. What else may come is no name of ours, and NUL breaks queries. */
const visible = /^[\x20-\x7e]{1,2048}$/;

/**
 * Reads who calls, by exactly one of the methods (RFC 6749 §2.3, RFC 7521 §4.2).
 * @throws OAuthError `invalid_request` when there is none, several, or one that can't be read
 */
export function readCredentials({ authorization, form }: OAuthRequest): Credentials {
  const clientId = parameter(form, 'client_id');
  const secret = parameter(form, 'client_secret');
  const assertion = parameter(form, 'client_assertion');
  const type = parameter(form, 'client_assertion_type');
  if ([authorization, secret, assertion ?? type].filter((sent) => sent !== undefined).length > 1)
    throw new OAuthError('invalid_request', 'client authentication must be sent in one way only');
  const credentials =
    authorization !== undefined
      ? readAuthorization(authorization)
      : (assertion ?? type) !== undefined
        ? readAssertion(assertion, type)
        : readPost(clientId, secret);
  if (credentials.method === 'service_key') return credentials;
  if (clientId !== undefined && clientId !== credentials.clientId)
    throw new OAuthError('invalid_request', 'client_id is not the client that authenticates');
  if (!visible.test(credentials.clientId))
    throw new OAuthError('invalid_client', 'client authentication failed');
  return credentials;
}

function readPost(clientId: string | undefined, secret: string | undefined): Credentials {
  if (clientId === undefined) throw new OAuthError('invalid_request', 'client authentication is missing');
  return secret === undefined ? { method: 'none', clientId } : { method: 'client_secret', clientId, secret };
}

function readAuthorization(authorization: string): Credentials {
  const [scheme, value, ...rest] = authorization.split(' ');
  if (rest.length === 0 && value) {
    if (/^basic$/i.test(scheme!)) return readBasic(value);
    if (/^bearer$/i.test(scheme!)) {
      if (!looksLikeToken('sk_', value))
        throw new OAuthError('invalid_client', 'client authentication failed');
      return { method: 'service_key', key: value };
    }
  }
  throw new OAuthError(
    'invalid_request',
    'the Authorization header must be Basic, or Bearer with a service key',
  );
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** Both halves are form-encoded before they are joined (RFC 6749 §2.3.1). */
function readBasic(value: string): Credentials {
  const pair = base64.test(value) ? Buffer.from(value, 'base64').toString('utf8') : '';
  const colon = pair.indexOf(':');
  if (colon < 1) throw new OAuthError('invalid_request', 'the Authorization header is not well-formed Basic');
  try {
    const clientId = decodeForm(pair.slice(0, colon));
    const secret = decodeForm(pair.slice(colon + 1));
    if (secret !== '') return { method: 'client_secret', clientId, secret };
  } catch {
    // A percent sign that begins no escape.
    throw new OAuthError(
      'invalid_request',
      'client_id and client_secret must be form-encoded in the Authorization header',
    );
  }
  throw new OAuthError('invalid_request', 'client_secret is missing in the Authorization header');
}

function decodeForm(text: string): string {
  return text.includes('%') || text.includes('+') ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
}

function readAssertion(assertion: string | undefined, type: string | undefined): Credentials {
  if (assertion === undefined) throw new OAuthError('invalid_request', 'client_assertion is missing');
  if (type !== assertionType)
    throw new OAuthError('invalid_request', `client_assertion_type must be ${assertionType}`);
  // The subject says whose keys to look at; whether it may is seen when the signature is checked.
  const subject = subjectOf(assertion);
  if (subject === undefined)
    throw new OAuthError('invalid_request', 'client_assertion is not a JWT with a subject');
  return { method: 'private_key_jwt', clientId: subject, assertion };
}

function subjectOf(assertion: string): string | undefined {
  try {
    const payload: unknown = JSON.parse(
      Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8'),
    );
    const sub = typeof payload === 'object' && payload !== null && 'sub' in payload ? payload.sub : undefined;
    return typeof sub === 'string' && sub !== '' ? sub : undefined;
  } catch {
    return undefined;
  }
}
