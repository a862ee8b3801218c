-- Links that people ask for by e-mail: to sign in, to set a new password, to register. As with invitations, the token is
-- derived from the id and the platform's secret; only its digest is here.
CREATE TABLE account_links (
  id uuid NOT NULL,
  kind text NOT NULL,
  -- As it was typed, whether or not anybody has it: asking writes the same row for everybody.
  email text COLLATE "C" NOT NULL,
  -- Whose e-mail that was when the mail was written; nobody's until then.
  user_id uuid,
  digest bytea NOT NULL,
  -- What the mail is written in.
  language text NOT NULL,
  -- Where the person goes on, in the browser that asked; another browser could not go on there.
  return_to text,
  browser_digest bytea NOT NULL,
  address text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz,
  -- Set when an operator was shown the link: using it then proves nothing about the mailbox.
  shown_at timestamptz,
  CONSTRAINT account_links__pk PRIMARY KEY (id),
  CONSTRAINT account_links__digest_unique UNIQUE (digest),
  CONSTRAINT account_links__user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT account_links__kind_known CHECK (kind IN ('sign_in', 'reset_password', 'register'))
);
CREATE INDEX account_links__open_by_email ON account_links (email) WHERE used_at IS NULL AND revoked_at IS NULL;
CREATE INDEX account_links__by_user ON account_links (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX account_links__by_expiry ON account_links (expires_at);

ALTER TABLE mail_messages ADD COLUMN account_link_id uuid;
ALTER TABLE mail_messages ADD CONSTRAINT mail_messages__account_link_fk
  FOREIGN KEY (account_link_id) REFERENCES account_links (id) ON DELETE CASCADE;
CREATE INDEX mail_messages__by_account_link ON mail_messages (account_link_id) WHERE account_link_id IS NOT NULL;
