-- Operators: who may use the console, for which service, and as what.

-- An owner of every service is an administrator: that one grant is `users.is_admin`, and has no row here.
CREATE TABLE operator_grants (
  user_id uuid NOT NULL,
  -- NULL is every service, those to come as well.
  service_id uuid,
  role text COLLATE "C" NOT NULL,
  granted_by uuid,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT operator_grants__one_for_each_service UNIQUE NULLS NOT DISTINCT (user_id, service_id),
  CONSTRAINT operator_grants__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT operator_grants__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE,
  CONSTRAINT operator_grants__granted_by_fk FOREIGN KEY (granted_by) REFERENCES users (id) ON DELETE SET NULL,
  CONSTRAINT operator_grants__role_known CHECK (role IN ('owner', 'admin', 'support')),
  CONSTRAINT operator_grants__owner_of_all_administers CHECK (service_id IS NOT NULL OR role <> 'owner')
);
CREATE INDEX operator_grants__by_service ON operator_grants (service_id, user_id);
CREATE INDEX operator_grants__by_granter ON operator_grants (granted_by);

-- Whoever becomes an administrator needs no lesser grant of every service: left behind, it would outlive a demotion.
CREATE FUNCTION users_drop_lesser_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM operator_grants WHERE user_id = NEW.id AND service_id IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER users__drop_lesser_grant AFTER UPDATE OF is_admin ON users
  FOR EACH ROW WHEN (NEW.is_admin AND NOT OLD.is_admin) EXECUTE FUNCTION users_drop_lesser_grant();
