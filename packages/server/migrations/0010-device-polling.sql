-- When a device last asked whether somebody allowed it, and how long it has to wait in between (RFC 8628 §3.5).
ALTER TABLE oauth_artifacts
  ADD COLUMN polled_at timestamptz,
  ADD COLUMN poll_interval_seconds integer NOT NULL DEFAULT 5;
