-- Tokens somebody approved in their browser and argusctl has not come for yet. None is changed, each goes when it is taken,
-- and nothing in here opens anything: the code and what is behind the challenge are hashes, and there is no token yet.
CREATE TABLE argus.handoffs (
  code_hash   bytea PRIMARY KEY CHECK (length(code_hash) = 32),
  challenge   bytea NOT NULL CHECK (length(challenge) = 32),
  login_id    text NOT NULL REFERENCES argus.logins (id),
  operator    text NOT NULL,
  name        text NOT NULL CHECK (length(name) <= 100),
  scopes      text[] NOT NULL,
  tenants     text[], -- null: all
  days        integer NOT NULL CHECK (days BETWEEN 1 AND 366),
  created_at  timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  -- No setting makes it last longer, whatever code writes it.
  CONSTRAINT handoff_for_a_minute_at_most CHECK (expires_at <= created_at + interval '1 minute')
);
CREATE INDEX handoffs_by_end ON argus.handoffs (expires_at);
GRANT SELECT, INSERT, DELETE ON argus.handoffs TO argus_runtime;
