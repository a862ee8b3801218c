import { applicationTypeOf } from './client-metadata.ts';
import { openidScopeNames } from './resources.ts';

/**
 * A registration (RFC 7591) in the terms of the library. A scope of a service is none of its own, and it would refuse the
 * client for naming one: which scopes a client gets is decided when it asks a person. What runs the client is derived from
 * where it is answered, since few say so.
 *
 * @returns the body as it came where it is no JSON object, for the library to refuse
 */
export function preparedBody(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) return body;
  let metadata: unknown;
  try {
    metadata = JSON.parse(body.toString());
  } catch {
    return body;
  }
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return body;
  const { scope, application_type: type, ...rest } = metadata as Record<string, unknown>;
  const known =
    typeof scope === 'string' ? scope.split(' ').filter((name) => openidScopeNames.includes(name)) : [];
  const uris = Array.isArray(rest.redirect_uris)
    ? rest.redirect_uris.filter((uri): uri is string => typeof uri === 'string')
    : [];
  return Buffer.from(
    JSON.stringify({
      ...rest,
      application_type: type ?? applicationTypeOf(uris),
      ...(known.length > 0 ? { scope: known.join(' ') } : {}),
    }),
  );
}
