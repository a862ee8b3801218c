/** What an endpoint of ours is given of a request to `/oauth/introspect`, `/oauth/revoke` or `/oauth/token`. */
export interface OAuthRequest {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  /** The form, decoded; what was sent twice is an array. */
  readonly form: Readonly<Record<string, unknown>>;
  readonly address: string;
  readonly correlationId: string;
}

/** What is answered; `body` is JSON, or nothing where it is `null`. */
export interface OAuthAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Codes of RFC 6749 §5.2 and RFC 8693 §2.2.2. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unauthorized_client';

/** A refusal in the words of OAuth; the description names the parameter and holds nothing of its value. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;

  constructor(code: OAuthErrorCode, description: string) {
    super(description);
    this.name = 'OAuthError';
    this.code = code;
  }
}

/** What holds a token or tells of one is kept by nobody on the way (RFC 6749 §5.1). */
const uncached = { 'cache-control': 'no-store', pragma: 'no-cache' };

/** A successful answer. */
export function answer(body: OAuthAnswer['body']): OAuthAnswer {
  return { status: 200, body, headers: uncached };
}

/** The answer of a refusal. Whoever used the `Authorization` header is told the scheme that belongs there (RFC 6749 §5.2). */
export function refusal(error: OAuthError, request: OAuthRequest): OAuthAnswer {
  const unknown = error.code === 'invalid_client';
  return {
    status: unknown ? 401 : 400,
    body: { error: error.code, error_description: error.message },
    headers:
      unknown && request.authorization !== undefined
        ? { ...uncached, 'www-authenticate': challenge(request.authorization) }
        : uncached,
  };
}

function challenge(authorization: string): string {
  return /^bearer /i.test(authorization)
    ? 'Bearer realm="castellan", error="invalid_client"'
    : 'Basic realm="castellan", error="invalid_client", charset="UTF-8"';
}

/**
 * Reads one parameter; what is empty counts as not sent (RFC 6749 §3.1).
 * @throws OAuthError when it was sent more than once
 */
export function parameter(form: OAuthRequest['form'], name: string): string | undefined {
  const value = form[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new OAuthError('invalid_request', `${name} must be sent once`);
  return value;
}

/** Like {@link parameter}, for one that must be there. */
export function requiredParameter(form: OAuthRequest['form'], name: string): string {
  const value = parameter(form, name);
  if (value === undefined) throw new OAuthError('invalid_request', `${name} is missing`);
  return value;
}

/** Reads a parameter that may be sent several times (RFC 8693 §2.1). */
export function parameters(form: OAuthRequest['form'], name: string): readonly string[] {
  const value = form[name];
  const values: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return values.filter((one): one is string => typeof one === 'string' && one !== '');
}
