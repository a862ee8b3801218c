-- Everything that the first day needs: people, workspaces, services, grants, keys, activity, imports, mail.
-- Keys are UUID version 7, made by the application. Constraints are named table__rule: errors are mapped by that name.
-- Text that is paged by is COLLATE "C", so that its order never depends on a library's version; so are names of states
-- and actions in an index, which are then compared as bytes and not as words of a language.

CREATE TABLE installation (
  singleton boolean NOT NULL DEFAULT true,
  id uuid NOT NULL,
  sample_data boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT installation__pk PRIMARY KEY (singleton),
  CONSTRAINT installation__one_row CHECK (singleton)
);

-- The words that a list is searched by, split where a search is: at everything that is neither letter nor digit. Most
-- texts have only the signs of the short way, which takes a third of the time that the parser does.
CREATE FUNCTION search_words(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
  CASE WHEN words ~ '[^A-Za-z0-9 @._+-]' THEN to_tsvector('simple', translate(words, '@.-_+/''&', '        '))
  ELSE array_to_tsvector(array_remove(string_to_array(
    lower(replace(replace(replace(replace(replace(words, '@', ' '), '.', ' '), '-', ' '), '_', ' '), '+', ' ')), ' '), ''))
  END;

CREATE TABLE users (
  id uuid NOT NULL,
  email text COLLATE "C" NOT NULL,
  name text NOT NULL,
  name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
  state text COLLATE "C" NOT NULL,
  is_admin boolean NOT NULL DEFAULT false,
  -- An explicit demotion wins over ADMIN_EMAILS.
  admin_demoted_at timestamptz,
  email_verified_at timestamptz,
  password_hash text,
  password_set_at timestamptz,
  -- Set by user_logins, once: see there.
  has_signed_in boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  search_words tsvector NOT NULL GENERATED ALWAYS AS (search_words(name || ' ' || email)) STORED,
  CONSTRAINT users__pk PRIMARY KEY (id),
  CONSTRAINT users__email_unique UNIQUE (email),
  CONSTRAINT users__email_lower_case CHECK (email = lower(email)),
  CONSTRAINT users__state_known CHECK (state IN ('invited', 'active', 'deactivated')),
  CONSTRAINT users__name_length CHECK (char_length(name) BETWEEN 1 AND 120)
);
CREATE INDEX users__by_name ON users (name_key, id);
CREATE INDEX users__by_created ON users (created_at, id);
CREATE INDEX users__by_search_words ON users USING gin (search_words);
CREATE INDEX users__administrators ON users (id) WHERE is_admin;
CREATE INDEX users__by_state ON users (state);
CREATE INDEX users__never_signed_in ON users (id) WHERE NOT has_signed_in;

-- When somebody last signed in, apart from their account: every sign-in changes it, and would else write anew every
-- index that the account has.
CREATE TABLE user_logins (
  user_id uuid NOT NULL,
  last_login_at timestamptz NOT NULL,
  CONSTRAINT user_logins__pk PRIMARY KEY (user_id),
  CONSTRAINT user_logins__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX user_logins__by_time ON user_logins (last_login_at, user_id);

-- A first sign-in is told to the account: who has a row in user_logins, and who has none, is then read from an index each.
CREATE FUNCTION user_logins_tell_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE users SET has_signed_in = true WHERE id = NEW.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER user_logins__tell_first AFTER INSERT ON user_logins
  FOR EACH ROW EXECUTE FUNCTION user_logins_tell_first();

CREATE TABLE workspaces (
  id uuid NOT NULL,
  slug text COLLATE "C" NOT NULL,
  name text NOT NULL,
  name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
  description text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  search_words tsvector NOT NULL GENERATED ALWAYS AS (search_words(name || ' ' || slug)) STORED,
  CONSTRAINT workspaces__pk PRIMARY KEY (id),
  CONSTRAINT workspaces__slug_unique UNIQUE (slug)
);
CREATE INDEX workspaces__by_name ON workspaces (name_key, id);
CREATE INDEX workspaces__by_created ON workspaces (created_at, id);
CREATE INDEX workspaces__by_search_words ON workspaces USING gin (search_words);

CREATE TABLE members (
  workspace_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT members__pk PRIMARY KEY (workspace_id, user_id),
  CONSTRAINT members__workspace_fk FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
  CONSTRAINT members__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT members__role_known CHECK (role IN ('viewer', 'editor', 'admin', 'owner'))
);
CREATE INDEX members__by_user ON members (user_id);
CREATE INDEX members__by_role ON members (workspace_id, role, user_id);

CREATE TABLE groups (
  id uuid NOT NULL,
  workspace_id uuid NOT NULL,
  name text NOT NULL,
  name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
  description text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT groups__pk PRIMARY KEY (id),
  CONSTRAINT groups__workspace_key UNIQUE (workspace_id, id),
  CONSTRAINT groups__name_unique UNIQUE (workspace_id, name_key),
  CONSTRAINT groups__workspace_fk FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

-- Both references carry the workspace: a group of one workspace can't hold a member of another.
CREATE TABLE group_members (
  workspace_id uuid NOT NULL,
  group_id uuid NOT NULL,
  user_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT group_members__pk PRIMARY KEY (group_id, user_id),
  CONSTRAINT group_members__group_fk FOREIGN KEY (workspace_id, group_id) REFERENCES groups (workspace_id, id) ON DELETE CASCADE,
  CONSTRAINT group_members__member_fk FOREIGN KEY (workspace_id, user_id) REFERENCES members (workspace_id, user_id) ON DELETE CASCADE
);
CREATE INDEX group_members__by_member ON group_members (workspace_id, user_id);
CREATE INDEX group_members__by_user ON group_members (user_id);

CREATE TABLE services (
  id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  description text NOT NULL DEFAULT '',
  origins text[] NOT NULL DEFAULT '{}',
  admin_url text,
  created_at timestamptz NOT NULL,
  CONSTRAINT services__pk PRIMARY KEY (id),
  CONSTRAINT services__name_unique UNIQUE (name)
);

CREATE TABLE service_keys (
  id uuid NOT NULL,
  service_id uuid NOT NULL,
  digest bytea NOT NULL,
  prefix text NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  last_used_at timestamptz,
  CONSTRAINT service_keys__pk PRIMARY KEY (id),
  CONSTRAINT service_keys__digest_unique UNIQUE (digest),
  CONSTRAINT service_keys__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE
);
CREATE INDEX service_keys__by_service ON service_keys (service_id);

-- The one grant store: sessions now, OAuth grants and agents' connections as further kinds.
CREATE TABLE grants (
  id uuid NOT NULL,
  kind text NOT NULL,
  user_id uuid NOT NULL,
  service_id uuid,
  workspace_id uuid,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  idle_expires_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  ended_reason text,
  address text,
  user_agent text,
  CONSTRAINT grants__pk PRIMARY KEY (id),
  CONSTRAINT grants__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT grants__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE,
  CONSTRAINT grants__workspace_fk FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE SET NULL,
  CONSTRAINT grants__kind_known CHECK (kind IN ('session', 'admin_session')),
  CONSTRAINT grants__ending_has_reason CHECK ((ended_at IS NULL) = (ended_reason IS NULL))
);
CREATE INDEX grants__live_by_user ON grants (user_id, created_at) WHERE ended_at IS NULL;
CREATE INDEX grants__live_by_workspace ON grants (workspace_id) WHERE ended_at IS NULL AND workspace_id IS NOT NULL;
CREATE INDEX grants__by_expiry ON grants (expires_at);

CREATE TABLE grant_tokens (
  digest bytea NOT NULL,
  grant_id uuid NOT NULL,
  parent_digest bytea,
  created_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT grant_tokens__pk PRIMARY KEY (digest),
  CONSTRAINT grant_tokens__one_successor UNIQUE (parent_digest),
  CONSTRAINT grant_tokens__grant_fk FOREIGN KEY (grant_id) REFERENCES grants (id) ON DELETE CASCADE
);
CREATE INDEX grant_tokens__by_grant ON grant_tokens (grant_id);

-- One-time links. The token is derived from the id and the platform's secret; only its digest is here.
CREATE TABLE invitations (
  id uuid NOT NULL,
  kind text NOT NULL,
  user_id uuid,
  digest bytea NOT NULL,
  created_by uuid,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz,
  -- Set when an operator was shown the link: using it then proves nothing about the mailbox.
  shown_at timestamptz,
  CONSTRAINT invitations__pk PRIMARY KEY (id),
  CONSTRAINT invitations__digest_unique UNIQUE (digest),
  CONSTRAINT invitations__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT invitations__kind_known CHECK (kind IN ('set_password', 'setup')),
  CONSTRAINT invitations__has_user CHECK ((kind = 'setup') = (user_id IS NULL))
);
CREATE INDEX invitations__open_by_user ON invitations (user_id) WHERE used_at IS NULL AND revoked_at IS NULL;

CREATE TABLE signing_keys (
  kid text NOT NULL,
  algorithm text NOT NULL,
  public_jwk jsonb NOT NULL,
  private_sealed bytea NOT NULL,
  published_at timestamptz NOT NULL,
  active_at timestamptz NOT NULL,
  -- After this moment the key verifies nothing and leaves the JWKS.
  retires_at timestamptz,
  CONSTRAINT signing_keys__pk PRIMARY KEY (kid),
  CONSTRAINT signing_keys__published_first CHECK (published_at <= active_at)
);

-- Events wait here, written in the transaction of what they tell, until the sequencer has numbered them.
CREATE TABLE activity_outbox (
  id uuid NOT NULL,
  action text,
  actors jsonb NOT NULL,
  actor_id uuid,
  target_kind text NOT NULL,
  target_id uuid,
  target_label text,
  workspace_id uuid,
  workspace_name text,
  service text,
  detail jsonb,
  address text,
  correlation_id text,
  at timestamptz NOT NULL,
  -- A run of an import writes its thousands of events as one row: what differs among them is in arrays of this length.
  events integer NOT NULL DEFAULT 1,
  actions text[],
  target_ids uuid[],
  target_labels text[],
  workspace_ids uuid[],
  workspace_names text[],
  details jsonb[],
  CONSTRAINT activity_outbox__pk PRIMARY KEY (id),
  CONSTRAINT activity_outbox__one_or_many CHECK ((actions IS NULL) = (action IS NOT NULL))
);
-- They live for a moment: compressing them would cost more than it saves.
ALTER TABLE activity_outbox
  ALTER actions SET STORAGE EXTERNAL, ALTER target_ids SET STORAGE EXTERNAL, ALTER target_labels SET STORAGE EXTERNAL,
  ALTER workspace_ids SET STORAGE EXTERNAL, ALTER workspace_names SET STORAGE EXTERNAL, ALTER details SET STORAGE EXTERNAL;

-- The one event log. Rows are only ever added, in the order of `sequence`, after their transaction has committed.
CREATE TABLE activity_events (
  sequence bigint NOT NULL,
  id uuid NOT NULL,
  action text COLLATE "C" NOT NULL,
  actors jsonb NOT NULL,
  actor_id uuid,
  target_kind text NOT NULL,
  target_id uuid,
  target_label text NOT NULL,
  workspace_id uuid,
  workspace_name text,
  service text,
  detail jsonb NOT NULL,
  address text,
  correlation_id text,
  at timestamptz NOT NULL,
  CONSTRAINT activity_events__pk PRIMARY KEY (sequence)
);
CREATE INDEX activity_events__by_target ON activity_events (target_id, sequence);
CREATE INDEX activity_events__by_actor ON activity_events (actor_id, sequence);
CREATE INDEX activity_events__by_workspace ON activity_events (workspace_id, sequence) WHERE workspace_id IS NOT NULL;
CREATE INDEX activity_events__by_action ON activity_events (action, sequence);
-- Every 64th event: enough to find between which events a moment lies.
CREATE INDEX activity_events__by_time ON activity_events (at) WHERE sequence % 64 = 0;
-- Ids rise with the log, nearly: ranges of pages find one, at a hundredth of what a tree costs each new event.
-- That an id is given once is seen to by the outbox, whose key it was.
CREATE INDEX activity_events__by_id ON activity_events USING brin (id) WITH (pages_per_range = 16, autosummarize = on);

CREATE FUNCTION activity_events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'activity events are only ever added' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER activity_events__append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON activity_events
  FOR EACH STATEMENT EXECUTE FUNCTION activity_events_refuse_change();

-- How far each reader of the event log is.
CREATE TABLE activity_followers (
  name text NOT NULL,
  position bigint NOT NULL DEFAULT 0,
  CONSTRAINT activity_followers__pk PRIMARY KEY (name)
);

-- How often something happened on each calendar day (UTC), kept by a follower, so that a chart reads rows and not events.
CREATE TABLE activity_days (
  day date NOT NULL,
  action text NOT NULL,
  events integer NOT NULL,
  CONSTRAINT activity_days__pk PRIMARY KEY (day, action)
);

CREATE TABLE mail_messages (
  id uuid NOT NULL,
  kind text NOT NULL,
  recipient text NOT NULL,
  subject text NOT NULL,
  invitation_id uuid,
  -- What the text is made from; never a secret.
  facts jsonb NOT NULL,
  state text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  error text,
  created_at timestamptz NOT NULL,
  sent_at timestamptz,
  CONSTRAINT mail_messages__pk PRIMARY KEY (id),
  CONSTRAINT mail_messages__invitation_fk FOREIGN KEY (invitation_id) REFERENCES invitations (id) ON DELETE CASCADE,
  CONSTRAINT mail_messages__state_known CHECK (state IN ('queued', 'sent', 'failed', 'held'))
);
CREATE INDEX mail_messages__by_created ON mail_messages (created_at, id);
CREATE INDEX mail_messages__by_invitation ON mail_messages (invitation_id);
CREATE INDEX mail_messages__due ON mail_messages (next_attempt_at) WHERE state = 'queued';

CREATE TABLE import_jobs (
  id uuid NOT NULL,
  state text NOT NULL,
  file_name text NOT NULL,
  total_rows integer NOT NULL,
  valid_rows integer NOT NULL,
  problem_rows integer NOT NULL,
  processed_rows integer NOT NULL DEFAULT 0,
  created_users integer NOT NULL DEFAULT 0,
  added_members integer NOT NULL DEFAULT 0,
  -- Rows up to this position are done; the next start goes on behind it.
  next_position integer NOT NULL DEFAULT 0,
  -- Who started it, as the timeline names them.
  actors jsonb NOT NULL,
  correlation_id text,
  created_at timestamptz NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  CONSTRAINT import_jobs__pk PRIMARY KEY (id),
  CONSTRAINT import_jobs__state_known CHECK (state IN ('previewed', 'running', 'finished'))
);
CREATE INDEX import_jobs__by_created ON import_jobs (created_at, id);
CREATE INDEX import_jobs__running ON import_jobs (id) WHERE state = 'running';

CREATE TABLE import_rows (
  job_id uuid NOT NULL,
  position integer NOT NULL,
  line integer NOT NULL,
  email text NOT NULL,
  name text NOT NULL,
  workspace_slug text NOT NULL,
  role text NOT NULL,
  problem text,
  outcome text,
  CONSTRAINT import_rows__pk PRIMARY KEY (job_id, position),
  CONSTRAINT import_rows__job_fk FOREIGN KEY (job_id) REFERENCES import_jobs (id) ON DELETE CASCADE
);
CREATE INDEX import_rows__problems ON import_rows (job_id, position) WHERE problem IS NOT NULL;

CREATE TABLE idempotency_keys (
  principal_id uuid NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  request_digest bytea NOT NULL,
  status integer,
  response jsonb,
  created_at timestamptz NOT NULL,
  CONSTRAINT idempotency_keys__pk PRIMARY KEY (principal_id, route, key)
);
CREATE INDEX idempotency_keys__by_created ON idempotency_keys (created_at);

-- The shape that rate-limiter-flexible expects. Losing it in a crash loses nothing that matters.
CREATE UNLOGGED TABLE rate_limits (
  key varchar(255) NOT NULL,
  points integer NOT NULL DEFAULT 0,
  expire bigint,
  CONSTRAINT rate_limits__pk PRIMARY KEY (key)
) WITH (fillfactor = 50);
