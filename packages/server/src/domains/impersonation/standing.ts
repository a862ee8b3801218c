/**
 * Whether a session of `impersonation_sessions AS s` still stands, beside its time: nobody ended it, the console session it
 * was begun in lives, its operator is active and at least an admin of the service, and its user is active and no operator.
 * Whoever asks about a session asks this, at every call: nothing has to be told that an operator was demoted.
 */
export const sessionStands = `(s.ended_at IS NULL
  AND EXISTS (SELECT FROM grants c WHERE c.id = s.console_grant_id AND c.ended_at IS NULL)
  AND EXISTS (SELECT FROM users o WHERE o.id = s.operator_id AND o.state = 'active' AND (o.is_admin OR EXISTS (
    SELECT FROM operator_grants r WHERE r.user_id = o.id AND r.role IN ('owner', 'admin')
      AND (r.service_id IS NULL OR r.service_id = s.service_id))))
  AND (s.ends_by IS DISTINCT FROM 'platform' OR s.grant_id IS NOT NULL)
  AND (s.grant_id IS NULL OR EXISTS (SELECT FROM grants t WHERE t.id = s.grant_id AND t.ended_at IS NULL))
  AND (s.user_id IS NULL OR EXISTS (SELECT FROM users u WHERE u.id = s.user_id AND u.state = 'active' AND NOT u.is_admin
    AND NOT EXISTS (SELECT FROM operator_grants r WHERE r.user_id = u.id))))`;

/** The same for a grant that such a session's token stands on; `g` is the grant. */
export const grantOfStandingSession = `EXISTS (SELECT FROM impersonation_sessions s WHERE s.grant_id = g.id AND ${sessionStands})`;
