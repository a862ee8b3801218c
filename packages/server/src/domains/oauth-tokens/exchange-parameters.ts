import { OAuthError, type OAuthRequest, parameter, parameters, requiredParameter } from './oauth-message.ts';

/** What an exchange asks for (RFC 8693 §2.1), in the right form; whether it may is another matter. */
export interface ExchangeParameters {
  readonly subjectToken: string;
  readonly actorToken: string | undefined;
  /** The one service that the new token is to be for, as it was named: all of these mean the same one. */
  readonly target: { readonly audiences: readonly string[]; readonly resources: readonly string[] };
  readonly scope: string | undefined;
}

const accessTokenTypes = [
  'urn:ietf:params:oauth:token-type:access_token',
  'urn:ietf:params:oauth:token-type:jwt',
];
/** RFC 6749 §3.3. */
const scopeForm = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/** @throws OAuthError `invalid_request`, `invalid_target` or `invalid_scope`, with the name of the parameter */
export function readExchange(form: OAuthRequest['form']): ExchangeParameters {
  const subjectToken = requiredParameter(form, 'subject_token');
  checkType('subject_token_type', requiredParameter(form, 'subject_token_type'));
  const actorToken = parameter(form, 'actor_token');
  const actorType = parameter(form, 'actor_token_type');
  if ((actorToken === undefined) !== (actorType === undefined))
    throw new OAuthError('invalid_request', 'actor_token and actor_token_type come together or not at all');
  if (actorType !== undefined) checkType('actor_token_type', actorType);
  const requested = parameter(form, 'requested_token_type');
  if (requested !== undefined) checkType('requested_token_type', requested);
  const scope = parameter(form, 'scope');
  if (scope !== undefined && !scopeForm.test(scope))
    throw new OAuthError('invalid_scope', 'scope is not a list of scopes with single spaces between them');
  return { subjectToken, actorToken, target: readTarget(form), scope };
}

function checkType(name: string, value: string): void {
  if (!accessTokenTypes.includes(value))
    throw new OAuthError('invalid_request', `${name} must be ${accessTokenTypes[0]}`);
}

/** A token is for one service, named by `audience` or `resource`, or by both when they mean the same. */
function readTarget(form: OAuthRequest['form']): ExchangeParameters['target'] {
  const audiences = parameters(form, 'audience');
  const resources = parameters(form, 'resource');
  if (audiences.length + resources.length === 0)
    throw new OAuthError(
      'invalid_request',
      'audience or resource is missing: which service is the token for?',
    );
  for (const named of [...audiences, ...resources])
    if (named.includes('\0') || named.length > 2000)
      throw new OAuthError('invalid_target', 'audience or resource is malformed');
  for (const resource of resources)
    if (!URL.canParse(resource) || resource.includes('#'))
      throw new OAuthError('invalid_target', 'resource must be an absolute address without a fragment');
  return { audiences, resources };
}
