-- Access: what services can do, who was given it, and what is shared with whom.

-- What a service can do, as it registers it. One that it names no more stays, marked: roles may still hold it.
CREATE TABLE service_actions (
  id uuid NOT NULL,
  service_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  description text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  -- Since when the service names it no more: such an action is refused to everybody.
  absent_since timestamptz,
  CONSTRAINT service_actions__pk PRIMARY KEY (id),
  CONSTRAINT service_actions__name_unique UNIQUE (service_id, name),
  CONSTRAINT service_actions__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE
);

CREATE TABLE roles (
  id uuid NOT NULL,
  workspace_id uuid NOT NULL,
  name text NOT NULL,
  name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
  description text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT roles__pk PRIMARY KEY (id),
  CONSTRAINT roles__workspace_key UNIQUE (workspace_id, id),
  CONSTRAINT roles__name_unique UNIQUE (workspace_id, name_key),
  CONSTRAINT roles__workspace_fk FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);

CREATE TABLE role_actions (
  role_id uuid NOT NULL,
  action_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT role_actions__pk PRIMARY KEY (role_id, action_id),
  CONSTRAINT role_actions__role_fk FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
  CONSTRAINT role_actions__action_fk FOREIGN KEY (action_id) REFERENCES service_actions (id) ON DELETE CASCADE
);
CREATE INDEX role_actions__by_action ON role_actions (action_id, role_id);

CREATE TABLE role_members (
  workspace_id uuid NOT NULL,
  role_id uuid NOT NULL,
  user_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT role_members__pk PRIMARY KEY (role_id, user_id),
  CONSTRAINT role_members__role_fk FOREIGN KEY (workspace_id, role_id) REFERENCES roles (workspace_id, id) ON DELETE CASCADE,
  CONSTRAINT role_members__member_fk FOREIGN KEY (workspace_id, user_id) REFERENCES members (workspace_id, user_id) ON DELETE CASCADE
);
CREATE INDEX role_members__by_member ON role_members (user_id, workspace_id, role_id);

CREATE TABLE role_groups (
  workspace_id uuid NOT NULL,
  role_id uuid NOT NULL,
  group_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT role_groups__pk PRIMARY KEY (role_id, group_id),
  CONSTRAINT role_groups__role_fk FOREIGN KEY (workspace_id, role_id) REFERENCES roles (workspace_id, id) ON DELETE CASCADE,
  CONSTRAINT role_groups__group_fk FOREIGN KEY (workspace_id, group_id) REFERENCES groups (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX role_groups__by_group ON role_groups (group_id, role_id);

-- Kinds of things that a service keeps: `order`, `document`. Known once the service registered one of them.
CREATE TABLE resource_types (
  id uuid NOT NULL,
  service_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT resource_types__pk PRIMARY KEY (id),
  CONSTRAINT resource_types__name_unique UNIQUE (service_id, name),
  CONSTRAINT resource_types__service_fk FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE
);

-- One thing of a service, by the id that the service has for it, with whom it belongs to and who of its workspace may see it.
CREATE TABLE resources (
  id uuid NOT NULL,
  type_id uuid NOT NULL,
  key text COLLATE "C" NOT NULL,
  workspace_id uuid NOT NULL,
  -- Stays when the owner leaves the workspace, and counts for nothing until they are back.
  owner_id uuid,
  visibility text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT resources__pk PRIMARY KEY (id),
  CONSTRAINT resources__key_unique UNIQUE (type_id, key),
  CONSTRAINT resources__share_key UNIQUE (workspace_id, type_id, id),
  CONSTRAINT resources__type_fk FOREIGN KEY (type_id) REFERENCES resource_types (id) ON DELETE CASCADE,
  CONSTRAINT resources__workspace_fk FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
  CONSTRAINT resources__owner_fk FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE SET NULL,
  CONSTRAINT resources__visibility_known CHECK (visibility IN ('private', 'workspace'))
);
CREATE INDEX resources__by_owner ON resources (owner_id, workspace_id, type_id, id) WHERE owner_id IS NOT NULL;
-- Lists of operators, the newest first: ids are in the order of time. No other index begins with the visibility, so that
-- none seems to be half of the way to the same order.
CREATE INDEX resources__by_workspace ON resources (visibility, workspace_id, id);
CREATE INDEX resources__by_type ON resources (visibility, type_id, id);
CREATE INDEX resources__by_owner_newest ON resources (visibility, owner_id, id);
CREATE INDEX resources__visible ON resources (workspace_id, type_id, id) WHERE visibility = 'workspace';

-- With whom a thing is shared beyond its owner: one person or one group of its workspace.
CREATE TABLE resource_shares (
  id uuid NOT NULL,
  workspace_id uuid NOT NULL,
  type_id uuid NOT NULL,
  resource_id uuid NOT NULL,
  user_id uuid,
  group_id uuid,
  permission text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT resource_shares__pk PRIMARY KEY (id),
  CONSTRAINT resource_shares__grantee_unique UNIQUE NULLS NOT DISTINCT (resource_id, user_id, group_id) INCLUDE (permission),
  CONSTRAINT resource_shares__resource_fk FOREIGN KEY (workspace_id, type_id, resource_id) REFERENCES resources (workspace_id, type_id, id) ON DELETE CASCADE,
  CONSTRAINT resource_shares__member_fk FOREIGN KEY (workspace_id, user_id) REFERENCES members (workspace_id, user_id) ON DELETE CASCADE,
  CONSTRAINT resource_shares__group_fk FOREIGN KEY (workspace_id, group_id) REFERENCES groups (workspace_id, id) ON DELETE CASCADE,
  CONSTRAINT resource_shares__permission_known CHECK (permission IN ('view', 'edit')),
  CONSTRAINT resource_shares__one_grantee CHECK ((user_id IS NULL) <> (group_id IS NULL))
);
-- The permission lies before the resource, so that what somebody may edit is found without passing what they may only view.
CREATE INDEX resource_shares__by_user ON resource_shares (user_id, workspace_id, type_id, permission, resource_id) WHERE user_id IS NOT NULL;
CREATE INDEX resource_shares__by_group ON resource_shares (group_id, type_id, permission, resource_id) WHERE group_id IS NOT NULL;

-- A person's workspaces with their role there, and their groups, are read at each check: from one index alone.
DROP INDEX members__by_user;
CREATE INDEX members__by_user ON members (user_id, workspace_id) INCLUDE (role);
DROP INDEX group_members__by_user;
DROP INDEX group_members__by_member;
CREATE INDEX group_members__by_member ON group_members (user_id, workspace_id, group_id);
