-- What a machine says every minute stands apart from what it is: a list of machines then reads rows that are small and lie still, and a sign
-- of life writes a row of its own instead of the machine's whole one.
CREATE TABLE argus.agent_seen (
  agent_id  text PRIMARY KEY REFERENCES argus.agents (id),
  at        timestamptz NOT NULL
) WITH (fillfactor = 50); -- a new time finds room beside the old one, and no index hears of it: so there is none on `at`
GRANT SELECT, INSERT, UPDATE ON argus.agent_seen TO argus_runtime;
GRANT SELECT ON argus.agent_seen TO argus_auditor;
INSERT INTO argus.agent_seen SELECT id, last_seen_at FROM argus.agents WHERE last_seen_at IS NOT NULL;

CREATE TABLE argus.agent_manifests (
  agent_id  text PRIMARY KEY REFERENCES argus.agents (id),
  manifest  text NOT NULL,
  taken_at  timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON argus.agent_manifests TO argus_runtime;
GRANT SELECT ON argus.agent_manifests TO argus_auditor;
INSERT INTO argus.agent_manifests SELECT id, manifest, manifest_taken_at FROM argus.agents WHERE manifest IS NOT NULL AND manifest_taken_at IS NOT NULL;

ALTER TABLE argus.agents DROP COLUMN last_seen_at, DROP COLUMN manifest, DROP COLUMN manifest_taken_at;
-- What is looked through when somebody types a word. It also writes the table anew, without what was dropped.
ALTER TABLE argus.agents ADD COLUMN words text NOT NULL
  GENERATED ALWAYS AS (lower(id || ' ' || tenant_id || coalesce(' ' || version, '') || coalesce(' ' || platform, ''))) STORED;
CREATE INDEX agents_in_order ON argus.agents (id COLLATE "C");

-- Open lines in the order of their machines: the list of those that are online is read from two indexes side by side.
-- It takes the place of the one by node, which is looked through once an hour and can do with this one.
DROP INDEX argus.agent_lines_open;
CREATE INDEX agent_lines_open ON argus.agent_lines (agent_id COLLATE "C", node, epoch) WHERE went_at IS NULL;

ANALYZE argus.agents, argus.agent_lines, argus.agent_seen;
