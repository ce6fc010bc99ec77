-- The record. INSERT and SELECT only for the runtime role; the auditor reads; nobody but the owner can do more.

CREATE TABLE argus.remote_support_audit (
  id            uuid PRIMARY KEY,
  at            timestamptz NOT NULL,
  operator      text NOT NULL,
  ip            text,
  tenant_id     text, -- null: refused before the body was read, or nobody's
  agent_id      text,
  session_id    text,
  request_id    text,
  action        text NOT NULL,
  phase         text NOT NULL CHECK (phase IN ('intent', 'outcome', 'fact')),
  outcome       text CHECK (outcome IN ('ok', 'refused', 'unknown')),
  code          text,
  gates_passed  text[] NOT NULL,
  reason        text NOT NULL CHECK (reason ~ '\S'),
  command       text,
  args          jsonb,
  CHECK ((phase = 'intent') = (outcome IS NULL))
);
-- Rows arrive in the order of time: a block range index costs an insert next to nothing.
CREATE INDEX audit_by_time ON argus.remote_support_audit USING brin (at);
-- The same request never acts twice, and has exactly one outcome.
CREATE UNIQUE INDEX one_intent_per_request ON argus.remote_support_audit (agent_id, request_id)
  WHERE request_id IS NOT NULL AND phase = 'intent';
CREATE UNIQUE INDEX one_outcome_per_request ON argus.remote_support_audit (agent_id, request_id)
  WHERE request_id IS NOT NULL AND phase = 'outcome';
GRANT SELECT, INSERT ON argus.remote_support_audit TO argus_runtime;
GRANT SELECT ON argus.remote_support_audit TO argus_auditor;

CREATE TABLE argus.events (
  id          uuid PRIMARY KEY, -- the same id as the audit row
  at          timestamptz NOT NULL,
  source      text NOT NULL CHECK (source = 'remote_support'),
  type        text NOT NULL,
  tenant_id   text,
  tree        text NOT NULL,
  leaf_index  bigint NOT NULL,
  body        json NOT NULL -- the leaf's own text; json keeps it as it was written
);
CREATE INDEX events_by_time ON argus.events USING brin (at);
CREATE UNIQUE INDEX one_event_per_leaf ON argus.events (tree, leaf_index);
GRANT SELECT, INSERT ON argus.events TO argus_runtime;
GRANT SELECT ON argus.events TO argus_auditor;

-- One tree per tenant and one for the operator. `bytes` is the exact text that was hashed.
CREATE TABLE argus.log_leaves (
  tree       text NOT NULL,
  seq        bigint NOT NULL CHECK (seq >= 0),
  bytes      text NOT NULL,
  leaf_hash  bytea NOT NULL CHECK (length(leaf_hash) = 32),
  salt       bytea,
  PRIMARY KEY (tree, seq) -- two writers cannot both take the next place
);
GRANT SELECT, INSERT ON argus.log_leaves TO argus_runtime;
GRANT SELECT ON argus.log_leaves TO argus_auditor;

-- Complete subtrees above the leaves, so that a proof reads a handful of rows.
CREATE TABLE argus.log_nodes (
  tree   text NOT NULL,
  level  smallint NOT NULL CHECK (level > 0),
  idx    bigint NOT NULL CHECK (idx >= 0),
  hash   bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (tree, level, idx)
);
GRANT SELECT, INSERT ON argus.log_nodes TO argus_runtime;
GRANT SELECT ON argus.log_nodes TO argus_auditor;

CREATE TABLE argus.log_checkpoints (
  tree  text NOT NULL,
  size  bigint NOT NULL CHECK (size > 0),
  at    timestamptz NOT NULL,
  note  text NOT NULL,
  PRIMARY KEY (tree, size)
);
GRANT SELECT, INSERT ON argus.log_checkpoints TO argus_runtime;
GRANT SELECT ON argus.log_checkpoints TO argus_auditor;
GRANT SELECT ON argus.instance, argus.tenants, argus.consent_history TO argus_auditor;
-- Not what is sealed or hashed: an auditor has no use for it.
GRANT SELECT (id, tenant_id, created_at, public_key, enrolled_at, revoked_at, version, platform, last_seen_at, manifest, manifest_taken_at)
  ON argus.agents TO argus_auditor;
GRANT SELECT (id, tenant_id, agent_id, operator, token_id, reason, minutes, state, created_at, expires_at, ended_at, ended_by, node, epoch)
  ON argus.sessions TO argus_auditor;
