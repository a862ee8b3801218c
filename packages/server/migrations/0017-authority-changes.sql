-- What changed of the facts that authentication stands on (domains/grants/authority-memory.ts). A server remembers what it read
-- and asks, before each use, what was changed since: one look into this table, which is nearly always empty there.

-- The transaction says when: its id and a snapshot tell exactly which changes a server has not seen, also where a transaction
-- that began early commits late. Rows are kept for an hour and until their transaction is long over, far longer than a server
-- remembers.
CREATE TABLE authority_changes (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- The id of what was changed; '*' for everything.
  subject text COLLATE "C" NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX authority_changes__by_xid ON authority_changes (xid);

-- Takes the column that has the id; without one, everything is said to have changed. The table is named with its schema: sessions
-- that apply a replication have no search path, and a temporary table must not get what is told.
DO $make$
BEGIN
  EXECUTE format($function$
CREATE FUNCTION authority_changes_tell() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before text;
  since text;
BEGIN
  IF TG_NARGS = 0 THEN
    since := '*';
  ELSIF TG_ARGV[0] = 'id' THEN
    IF TG_OP <> 'INSERT' THEN before := OLD.id; END IF;
    IF TG_OP <> 'DELETE' THEN since := NEW.id; END IF;
  ELSIF TG_ARGV[0] = 'user_id' THEN
    IF TG_OP <> 'INSERT' THEN before := OLD.user_id; END IF;
    IF TG_OP <> 'DELETE' THEN since := NEW.user_id; END IF;
  ELSE
    IF TG_OP <> 'INSERT' THEN before := OLD.jti; END IF;
    IF TG_OP <> 'DELETE' THEN since := NEW.jti; END IF;
  END IF;
  IF before IS NOT NULL THEN
    INSERT INTO %1$I.authority_changes (subject) VALUES (before);
  END IF;
  IF since IS NOT NULL AND since IS DISTINCT FROM before THEN
    INSERT INTO %1$I.authority_changes (subject) VALUES (since);
  END IF;
  RETURN NULL;
END $$
  $function$, current_schema());
END $make$;

-- What nobody found is not remembered, so a new row is told of only where its being there changes what was found before.
CREATE TRIGGER users__tell_authority AFTER UPDATE ON users FOR EACH ROW
  WHEN ((OLD.id, OLD.email, OLD.name, OLD.state, OLD.is_admin) IS DISTINCT FROM (NEW.id, NEW.email, NEW.name, NEW.state, NEW.is_admin))
  EXECUTE FUNCTION authority_changes_tell('id');
CREATE TRIGGER users__tell_authority_of_end AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION authority_changes_tell('id');

CREATE TRIGGER operator_grants__tell_authority AFTER INSERT OR UPDATE OR DELETE ON operator_grants FOR EACH ROW
  EXECUTE FUNCTION authority_changes_tell('user_id');

CREATE TRIGGER members__tell_authority AFTER UPDATE ON members FOR EACH ROW
  WHEN ((OLD.workspace_id, OLD.user_id, OLD.role) IS DISTINCT FROM (NEW.workspace_id, NEW.user_id, NEW.role))
  EXECUTE FUNCTION authority_changes_tell('user_id');
CREATE TRIGGER members__tell_authority_of_end AFTER DELETE ON members FOR EACH ROW
  EXECUTE FUNCTION authority_changes_tell('user_id');

CREATE TRIGGER workspaces__tell_authority AFTER UPDATE ON workspaces FOR EACH ROW
  WHEN ((OLD.id, OLD.slug) IS DISTINCT FROM (NEW.id, NEW.slug)) EXECUTE FUNCTION authority_changes_tell('id');
CREATE TRIGGER workspaces__tell_authority_of_end AFTER DELETE ON workspaces FOR EACH ROW
  EXECUTE FUNCTION authority_changes_tell('id');

CREATE TRIGGER grants__tell_authority AFTER UPDATE ON grants FOR EACH ROW
  WHEN ((OLD.id, OLD.kind, OLD.user_id, OLD.service_id, OLD.client_id, OLD.parent_grant_id, OLD.scopes, OLD.ended_at)
      IS DISTINCT FROM (NEW.id, NEW.kind, NEW.user_id, NEW.service_id, NEW.client_id, NEW.parent_grant_id, NEW.scopes, NEW.ended_at)
    -- One that lives longer is read again when the time comes that was remembered.
    OR NEW.expires_at < OLD.expires_at OR NEW.idle_expires_at < OLD.idle_expires_at)
  EXECUTE FUNCTION authority_changes_tell('id');
CREATE TRIGGER grants__tell_authority_of_end AFTER DELETE ON grants FOR EACH ROW EXECUTE FUNCTION authority_changes_tell('id');

CREATE TRIGGER revoked_tokens__tell_authority AFTER INSERT OR UPDATE ON revoked_tokens FOR EACH ROW
  EXECUTE FUNCTION authority_changes_tell('jti');

CREATE TRIGGER clients__tell_authority AFTER UPDATE ON clients FOR EACH ROW
  WHEN ((OLD.id, OLD.client_id, OLD.service_id, OLD.origin, OLD.grant_types, OLD.token_endpoint_auth_method, OLD.jwks, OLD.jwks_uri,
      OLD.access_token_signed_response_alg, OLD.allowed_scopes, OLD.ended_at)
    IS DISTINCT FROM (NEW.id, NEW.client_id, NEW.service_id, NEW.origin, NEW.grant_types, NEW.token_endpoint_auth_method, NEW.jwks,
      NEW.jwks_uri, NEW.access_token_signed_response_alg, NEW.allowed_scopes, NEW.ended_at))
  EXECUTE FUNCTION authority_changes_tell('id');
CREATE TRIGGER clients__tell_authority_of_end AFTER DELETE ON clients FOR EACH ROW
  EXECUTE FUNCTION authority_changes_tell('id');

CREATE TRIGGER client_secrets__tell_authority AFTER UPDATE ON client_secrets FOR EACH ROW
  WHEN ((OLD.id, OLD.client_id, OLD.digest, OLD.expires_at) IS DISTINCT FROM (NEW.id, NEW.client_id, NEW.digest, NEW.expires_at))
  EXECUTE FUNCTION authority_changes_tell('id');
CREATE TRIGGER client_secrets__tell_authority_of_end AFTER DELETE ON client_secrets FOR EACH ROW
  EXECUTE FUNCTION authority_changes_tell('id');

CREATE TRIGGER service_keys__tell_authority AFTER UPDATE ON service_keys FOR EACH ROW
  WHEN ((OLD.id, OLD.service_id, OLD.digest, OLD.revoked_at) IS DISTINCT FROM (NEW.id, NEW.service_id, NEW.digest, NEW.revoked_at))
  EXECUTE FUNCTION authority_changes_tell('id');
CREATE TRIGGER service_keys__tell_authority_of_end AFTER DELETE ON service_keys FOR EACH ROW
  EXECUTE FUNCTION authority_changes_tell('id');

-- A service stands behind too much to say what: it is seldom renamed, and then everything is read again.
CREATE TRIGGER services__tell_authority AFTER UPDATE ON services FOR EACH ROW
  WHEN ((OLD.id, OLD.name, OLD.resource_uri) IS DISTINCT FROM (NEW.id, NEW.name, NEW.resource_uri))
  EXECUTE FUNCTION authority_changes_tell();
CREATE TRIGGER services__tell_authority_of_end AFTER DELETE ON services FOR EACH ROW EXECUTE FUNCTION authority_changes_tell();

-- Whoever empties a table has changed everything. And what a replication applies is told of as well.
DO $$
DECLARE
  told text;
  teller text;
BEGIN
  FOREACH told IN ARRAY ARRAY['users', 'operator_grants', 'members', 'workspaces', 'grants', 'revoked_tokens', 'clients',
    'client_secrets', 'service_keys', 'services']
  LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION authority_changes_tell()',
      told || '__tell_authority_of_emptying', told);
    FOR teller IN SELECT t.tgname FROM pg_trigger t WHERE t.tgrelid = told::regclass AND t.tgname LIKE '%\_\_tell\_authority%'
    LOOP
      EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', told, teller);
    END LOOP;
  END LOOP;
END $$;
