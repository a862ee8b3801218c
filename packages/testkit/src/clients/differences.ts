/** Where Castellan answers otherwise than the library by itself, and why. */
export interface AcceptedDifference {
  /** The ids of the requests. */
  readonly requests: readonly string[];
  readonly castellan: string;
  readonly plain: string;
  readonly because: string;
}

/** The whole list: a difference that is not in it fails the test, and so does an entry that is none any more. */
export const acceptedDifferences: readonly AcceptedDifference[] = [
  {
    requests: ['authorize: scope missing'],
    castellan: '303 to the client',
    plain: '303 to the client invalid_request',
    because:
      'Who names no scope asks for what there is (RFC 6749 §3.3), as clients of MCP do; the library grants nothing where nothing was named.',
  },
  {
    requests: ['par: scope missing'],
    castellan: '201',
    plain: '400 invalid_request',
    because: 'The same, pushed.',
  },
  {
    requests: ['authorize: prompt=select_account'],
    castellan: '303 to interaction',
    plain: '303 to the client invalid_request',
    because:
      'Castellan has a page on which the person says which account to go on with (OpenID Connect Core §3.1.2.1).',
  },
  {
    requests: ['par: prompt=select_account'],
    castellan: '201',
    plain: '400 invalid_request',
    because: 'The same, pushed.',
  },
  {
    requests: ['machine: scope=unknown', 'machine: scope=orders:read unknown', 'machine: scope=openid'],
    castellan: '400 invalid_scope',
    plain: '200',
    because:
      'A service that asks for itself is told of a scope it does not have (RFC 6749 §5.2); the library leaves it out without a word, and the service fails later.',
  },
  {
    requests: ['body: badly encoded'],
    castellan: '400 invalid_scope',
    plain: '200',
    because: 'The same: what `%zz` is read as is no scope.',
  },
  {
    requests: ['refresh: again, its successor unused'],
    castellan: '200',
    plain: '400 invalid_grant',
    because:
      'A client whose answer was lost asks again and gets the same successor, until that one is used; the library ends the whole grant for a lost packet (RFC 9700 §4.14 leaves the choice).',
  },
  {
    requests: ['body: of 60 KiB'],
    castellan: '413 invalid_request',
    plain: '400 invalid_request',
    because: 'A body beyond 56 KiB is told by the status that HTTP has for it (RFC 9110 §15.5.14).',
  },
  {
    requests: [
      'GET /oauth/token',
      'GET /oauth/par',
      'GET /oauth/device',
      'GET /oauth/introspect',
      'GET /oauth/revoke',
    ],
    castellan: '405',
    plain: '404',
    because: 'The address is there and takes POST, which `Allow` names (RFC 9110 §15.5.6).',
  },
  {
    requests: ['userinfo: a token for a service'],
    castellan: '200',
    plain: '401 invalid_token',
    because:
      'One token for the product and its person: with the scope `openid` it opens userinfo, which says no more than the ID token that came with it. The library gives a token either to a resource or to userinfo.',
  },
  {
    requests: ['introspect: an access token', 'revoke: an access token'],
    castellan: '200',
    plain: '400 unsupported_token_type',
    because:
      'Access tokens are JWTs, and their standing is asked and ended here (RFC 7662, RFC 7009); the library does neither for JWTs.',
  },
  {
    requests: ['revoke: a refresh token of another client'],
    castellan: '200',
    plain: '400 invalid_request',
    because:
      'It does nothing, and answers like a token that nobody knows (RFC 7009 §2.2): who tries tokens of others does not learn which of them exist.',
  },
];
