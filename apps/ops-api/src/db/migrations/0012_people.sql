-- People who sign in. Who they are and what they may do is changed together with an entry of the operator's log; nothing in
-- here is a secret in clear: passwords are scrypt hashes, codes and cookies MACs, authenticator secrets sealed.
CREATE TABLE argus.users (
  id               text PRIMARY KEY CHECK (id ~ '^usr_[a-z0-9]{20}$'),
  email            text NOT NULL CHECK (email = lower(email) AND length(email) <= 254),
  name             text NOT NULL CHECK (length(name) <= 200),
  role             text NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'viewer')),
  tenants          text[], -- null: all
  state            text NOT NULL CHECK (state IN ('active', 'disabled', 'removed')),
  created_at       timestamptz NOT NULL,
  created_by       text NOT NULL,
  password_hash    text,
  totp_sealed      bytea,
  totp_at          timestamptz,
  totp_step        bigint NOT NULL DEFAULT 0, -- of the last code that was taken: none of it or before it counts again
  totp_pending     bytea,
  totp_pending_at  timestamptz,
  last_sign_in_at  timestamptz,
  CHECK ((totp_sealed IS NULL) = (totp_at IS NULL)),
  CHECK ((totp_pending IS NULL) = (totp_pending_at IS NULL)),
  CHECK (state <> 'removed' OR (password_hash IS NULL AND totp_sealed IS NULL AND totp_pending IS NULL))
);
CREATE UNIQUE INDEX one_user_per_email ON argus.users (email) WHERE state <> 'removed';
GRANT SELECT, INSERT, UPDATE ON argus.users TO argus_runtime;

CREATE TABLE argus.recovery_codes (
  user_id    text NOT NULL REFERENCES argus.users (id),
  code_hash  bytea NOT NULL CHECK (length(code_hash) = 32),
  made_at    timestamptz NOT NULL,
  used_at    timestamptz, -- or replaced by newer ones
  PRIMARY KEY (user_id, code_hash)
);
GRANT SELECT, INSERT, UPDATE ON argus.recovery_codes TO argus_runtime;

-- A link, once: to join, or for a user that is there to begin anew with another password and without a second factor.
CREATE TABLE argus.invitations (
  code_hash   bytea PRIMARY KEY CHECK (length(code_hash) = 32),
  email       text, -- null: an owner's link, made at the server
  user_id     text REFERENCES argus.users (id), -- who begins anew
  role        text NOT NULL CHECK (role IN ('owner', 'admin', 'operator', 'viewer')),
  tenants     text[],
  created_by  text NOT NULL,
  created_at  timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL CHECK (expires_at <= created_at + interval '7 days'),
  used_at     timestamptz
);
CREATE INDEX invitations_by_email ON argus.invitations (email) WHERE used_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON argus.invitations TO argus_runtime;

CREATE TABLE argus.logins (
  id            text PRIMARY KEY CHECK (id ~ '^lgn_[a-z0-9]{20}$'),
  secret_hash   bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
  user_id       text NOT NULL REFERENCES argus.users (id),
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  active_at     timestamptz NOT NULL,
  proof         text NOT NULL CHECK (proof IN ('password', 'password_totp', 'password_recovery', 'passkey', 'oidc')),
  confirmed_at  timestamptz,
  confirmed_by  text CHECK (confirmed_by IN ('totp', 'passkey')),
  ip            text NOT NULL,
  user_agent    text CHECK (length(user_agent) <= 256),
  ended_at      timestamptz,
  CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL)),
  -- No setting makes a sign-in last longer, whatever code writes it.
  CONSTRAINT login_for_12_hours_at_most CHECK (expires_at <= created_at + interval '12 hours')
);
CREATE INDEX logins_by_user ON argus.logins (user_id, created_at DESC);
GRANT SELECT, INSERT, UPDATE ON argus.logins TO argus_runtime;

-- How often somebody tried of late, by account and by address, shared by all nodes and kept over restarts. The key is a MAC.
CREATE TABLE argus.sign_in_turns (
  key           bytea PRIMARY KEY CHECK (length(key) = 32),
  count         integer NOT NULL CHECK (count >= 0),
  since         timestamptz NOT NULL,
  resting_until timestamptz
);
CREATE INDEX sign_in_turns_by_age ON argus.sign_in_turns (since);
GRANT SELECT, INSERT, UPDATE, DELETE ON argus.sign_in_turns TO argus_runtime;

-- Calls of a person: which of their sign-ins it was.
ALTER TABLE argus.argus_audit_log ADD COLUMN login_id text;
ALTER TABLE argus.argus_audit_log ADD CONSTRAINT login_is_named CHECK ((actor_kind = 'login') = (login_id IS NOT NULL));
