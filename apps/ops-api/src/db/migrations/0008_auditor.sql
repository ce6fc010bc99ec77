-- What looks at the record: jobs that outlive us, the results of audits, and alerts.
-- Results and alerts are part of the record: INSERT and SELECT only.

-- Work that has to be done whatever happens to a node. Whoever holds the lease does it; one that has run out is nobody's.
CREATE TABLE argus.jobs (
  name           text PRIMARY KEY,
  due_at         timestamptz NOT NULL,
  tries          integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
  failing_since  timestamptz,
  problem        text,
  lease_node     text,
  lease_epoch    bigint,
  lease_until    timestamptz,
  CHECK ((lease_node IS NULL) = (lease_until IS NULL) AND (lease_node IS NULL) = (lease_epoch IS NULL))
);
GRANT SELECT, INSERT, UPDATE ON argus.jobs TO argus_runtime;

CREATE TABLE argus.audit_reconciliations (
  id           uuid PRIMARY KEY,
  kind         text NOT NULL CHECK (kind IN ('nightly', 'on_demand')),
  window_from  timestamptz NOT NULL,
  window_to    timestamptz NOT NULL,
  finished_at  timestamptz NOT NULL,
  by           text NOT NULL,
  audit_rows   bigint NOT NULL,
  events       bigint NOT NULL,
  leaves       bigint NOT NULL,
  trees        bigint NOT NULL,
  mismatches   bigint NOT NULL CHECK (mismatches >= 0),
  findings     jsonb NOT NULL,
  CHECK (window_from < window_to)
);
-- However often a night is begun, it has one result.
CREATE UNIQUE INDEX one_result_per_night ON argus.audit_reconciliations (window_from) WHERE kind = 'nightly';
CREATE INDEX reconciliations_by_time ON argus.audit_reconciliations (finished_at DESC);
GRANT SELECT, INSERT ON argus.audit_reconciliations TO argus_runtime;
GRANT SELECT ON argus.audit_reconciliations TO argus_auditor;

-- How far the nights have come in each tree, and the checkpoint they ended at.
CREATE TABLE argus.audited_trees (
  tree  text NOT NULL,
  size  bigint NOT NULL CHECK (size > 0),
  note  text NOT NULL,
  PRIMARY KEY (tree, size)
);
GRANT SELECT, INSERT ON argus.audited_trees TO argus_runtime;
GRANT SELECT ON argus.audited_trees TO argus_auditor;

CREATE TABLE argus.alerts (
  id          uuid PRIMARY KEY,
  key         text NOT NULL UNIQUE, -- the same thing never becomes two alerts, whichever node sees it
  kind        text NOT NULL,
  severity    text NOT NULL CHECK (severity IN ('high', 'ordinary')),
  says        text NOT NULL,
  details     text[] NOT NULL,
  times       bigint NOT NULL CHECK (times > 0),
  first_at    timestamptz NOT NULL,
  last_at     timestamptz NOT NULL,
  at          timestamptz NOT NULL,
  tenant_id   text,
  agent_id    text,
  session_id  text,
  operator    text,
  address     text,
  leaf_index  bigint NOT NULL -- of its entry, in the tenant's tree or the operator's
);
CREATE INDEX alerts_by_time ON argus.alerts (at DESC);
CREATE INDEX alerts_by_tenant ON argus.alerts (tenant_id, at DESC);
GRANT SELECT, INSERT ON argus.alerts TO argus_runtime;
GRANT SELECT ON argus.alerts TO argus_auditor;

CREATE TABLE argus.alert_acknowledgements (
  alert_id  uuid PRIMARY KEY REFERENCES argus.alerts (id),
  at        timestamptz NOT NULL,
  by        text NOT NULL,
  reason    text NOT NULL CHECK (reason ~ '\S')
);
GRANT SELECT, INSERT ON argus.alert_acknowledgements TO argus_runtime;
GRANT SELECT ON argus.alert_acknowledgements TO argus_auditor;

-- Which mail told of which alert. What is not here was not mailed yet.
CREATE TABLE argus.alert_mails (
  alert_id    uuid PRIMARY KEY REFERENCES argus.alerts (id),
  message_id  text NOT NULL,
  at          timestamptz NOT NULL
);
CREATE INDEX alert_mails_by_time ON argus.alert_mails (at DESC);
GRANT SELECT, INSERT ON argus.alert_mails TO argus_runtime;
GRANT SELECT ON argus.alert_mails TO argus_auditor;

-- For tripwires that count: they touch nothing but activations and sessions of more than an hour.
CREATE INDEX activations_by_time ON argus.remote_support_audit (at, operator)
  WHERE action = 'remote_support_activation' AND phase = 'outcome' AND outcome = 'ok';
CREATE INDEX sessions_of_an_hour ON argus.sessions (created_at) WHERE minutes > 60;
