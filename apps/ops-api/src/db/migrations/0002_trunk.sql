-- The trunk: who we are, whom we serve, which machines, and the record.
-- Grants stand beside each table: the runtime role may only add to the record, and PostgreSQL itself says no to more.

CREATE TABLE argus.instance (
  one         boolean PRIMARY KEY DEFAULT true CHECK (one),
  id          text NOT NULL CHECK (id ~ '^ins_[a-z0-9]{20}$'),
  created_at  timestamptz NOT NULL
);
GRANT SELECT, INSERT ON argus.instance TO argus_runtime;

CREATE TABLE argus.log_keys (
  public_key  bytea PRIMARY KEY CHECK (length(public_key) = 32),
  sealed_seed bytea NOT NULL,
  created_at  timestamptz NOT NULL
);
GRANT SELECT, INSERT ON argus.log_keys TO argus_runtime;

-- A node that restarts takes a higher epoch; sessions of its older epochs are over.
CREATE TABLE argus.nodes (
  id          text PRIMARY KEY,
  epoch       bigint NOT NULL CHECK (epoch > 0),
  started_at  timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON argus.nodes TO argus_runtime;

CREATE TABLE argus.tenants (
  id                       text PRIMARY KEY CHECK (id ~ '^[A-Z0-9_]{3,64}$'),
  name                     text NOT NULL,
  created_at               timestamptz NOT NULL,
  consent_signed           boolean NOT NULL DEFAULT false,
  consent_signed_at        timestamptz,
  consent_document_id      text,
  consent_document_sha256  text,
  consent_signer_name      text,
  consent_signer_email     text,
  consent_recorded_by      text,
  consent_expires_at       timestamptz,
  consent_scope            jsonb,
  consent_seq              bigint, -- the leaf that says so; a row edited alone opens nothing
  armed                    boolean NOT NULL DEFAULT false,
  armed_at                 timestamptz,
  armed_by                 text,
  armed_until              timestamptz,
  -- Remote support enabled without signed consent cannot be written, whatever code tries.
  CONSTRAINT armed_implies_signed_consent CHECK (
    NOT armed OR (consent_signed AND consent_signed_at IS NOT NULL AND coalesce(consent_document_id, '') ~ '\S')
  ),
  CONSTRAINT armed_is_whole CHECK (NOT armed OR (armed_at IS NOT NULL AND armed_by IS NOT NULL AND armed_until IS NOT NULL))
);
GRANT SELECT, INSERT, UPDATE ON argus.tenants TO argus_runtime;

CREATE TABLE argus.consent_history (
  tenant_id  text NOT NULL REFERENCES argus.tenants (id),
  seq        bigint NOT NULL,
  at         timestamptz NOT NULL,
  by         text NOT NULL,
  consent    jsonb, -- null: withdrawn
  PRIMARY KEY (tenant_id, seq)
);
GRANT SELECT, INSERT ON argus.consent_history TO argus_runtime;

CREATE TABLE argus.pats (
  id           text PRIMARY KEY,
  secret_hash  bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
  operator     text NOT NULL,
  name         text NOT NULL,
  scopes       text[] NOT NULL,
  tenants      text[], -- null: all
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  revoked_at   timestamptz
);
GRANT SELECT, INSERT, UPDATE ON argus.pats TO argus_runtime;

CREATE TABLE argus.agents (
  id                 text PRIMARY KEY CHECK (id ~ '^agent_[a-z0-9_]{3,64}$'),
  tenant_id          text NOT NULL REFERENCES argus.tenants (id),
  created_at         timestamptz NOT NULL,
  public_key         text,  -- null until a machine enrolled
  sealed_passkey     bytea,
  enrolled_at        timestamptz,
  revoked_at         timestamptz,
  version            text,
  platform           text,
  last_seen_at       timestamptz,
  manifest           text,
  manifest_taken_at  timestamptz,
  CHECK ((public_key IS NULL) = (sealed_passkey IS NULL)),
  UNIQUE (id, tenant_id) -- for sessions: the agent and the tenant have to belong together
);
CREATE INDEX agents_by_tenant ON argus.agents (tenant_id, id);
GRANT SELECT, INSERT, UPDATE ON argus.agents TO argus_runtime;

CREATE TABLE argus.enrollment_codes (
  code_hash            bytea PRIMARY KEY CHECK (length(code_hash) = 32),
  agent_id             text NOT NULL REFERENCES argus.agents (id),
  expected_public_key  text,
  created_by           text NOT NULL,
  created_at           timestamptz NOT NULL,
  expires_at           timestamptz NOT NULL,
  used_at              timestamptz,
  used_by_key          text,
  CHECK ((used_at IS NULL) = (used_by_key IS NULL))
);
GRANT SELECT, INSERT, UPDATE ON argus.enrollment_codes TO argus_runtime;

-- Single-use numbers of both doors, shared by all nodes.
CREATE TABLE argus.nonces (
  purpose     text NOT NULL CHECK (purpose IN ('handshake', 'activation')),
  nonce       bytea NOT NULL,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (purpose, nonce)
);
CREATE INDEX nonces_by_expiry ON argus.nonces (expires_at);
GRANT SELECT, INSERT, DELETE ON argus.nonces TO argus_runtime;

CREATE TABLE argus.sessions (
  id            text PRIMARY KEY CHECK (id ~ '^rss_[a-z0-9]{20}$'),
  tenant_id     text NOT NULL REFERENCES argus.tenants (id),
  agent_id      text NOT NULL,
  operator      text NOT NULL,
  token_id      text NOT NULL, -- the credential it was opened with
  reason        text NOT NULL CHECK (length(btrim(reason, E' \t\r\n')) >= 3),
  minutes       integer NOT NULL CHECK (minutes BETWEEN 1 AND 120),
  state         text NOT NULL CHECK (state IN ('activating', 'active', 'ended')),
  secret_hash   bytea UNIQUE,
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  ended_at      timestamptz,
  ended_by      text,
  node          text NOT NULL,
  epoch         bigint NOT NULL,
  FOREIGN KEY (agent_id, tenant_id) REFERENCES argus.agents (id, tenant_id),
  CHECK (expires_at <= created_at + interval '120 minutes'),
  CHECK ((state = 'active' AND secret_hash IS NOT NULL) OR state <> 'active'),
  CHECK ((state = 'ended') = (ended_at IS NOT NULL AND ended_by IS NOT NULL))
);
CREATE UNIQUE INDEX one_live_session_per_agent ON argus.sessions (agent_id) WHERE state <> 'ended';
CREATE INDEX sessions_live_by_tenant ON argus.sessions (tenant_id) WHERE state <> 'ended';
CREATE INDEX sessions_by_tenant ON argus.sessions (tenant_id, created_at DESC);
GRANT SELECT, INSERT, UPDATE ON argus.sessions TO argus_runtime;
