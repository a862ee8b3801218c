-- How sure the moment of a sign-in is, and the language that a person is written to in.

-- When somebody last signed in anew in a browser; before that, when its session began. `auth_time` is when they proved who
-- they are: a provider that does not say so leaves it empty, and then the sign-in counts as recent nowhere.
ALTER TABLE grants
  ADD COLUMN signed_in_at timestamptz,
  DROP CONSTRAINT grants__sign_in_is_told,
  ADD CONSTRAINT grants__sign_in_is_told CHECK (kind <> 'browser_session' OR amr IS NOT NULL);

-- When the first factor of a sign-in that waits for its second was proved.
ALTER TABLE pending_sign_ins ADD COLUMN auth_time timestamptz;

-- The language that pages and mail speak to a person; NULL until it was once seen or chosen.
ALTER TABLE users ADD COLUMN language text;
ALTER TABLE users ADD CONSTRAINT users__language_known CHECK (language IN ('en', 'de'));
