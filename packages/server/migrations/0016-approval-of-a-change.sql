-- The approval that a change used up, so that it can be given back once it is known that the change was never made.
ALTER TABLE product_intents
  ADD COLUMN approval_id uuid,
  ADD CONSTRAINT product_intents__approval_fk FOREIGN KEY (approval_id) REFERENCES approvals (id) ON DELETE SET NULL;
CREATE INDEX product_intents__by_approval ON product_intents (approval_id) WHERE approval_id IS NOT NULL;
