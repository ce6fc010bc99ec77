-- Where the line of a machine is, and when it came and went: for people who look. Nothing is decided by it, and nothing of the record is in it.
ALTER TABLE argus.nodes ADD COLUMN beaten_at timestamptz; -- by the clock of the database: what shows a line as cut does not compare two nodes' clocks

CREATE TABLE argus.agent_lines (
  connection  text PRIMARY KEY,
  agent_id    text NOT NULL REFERENCES argus.agents (id),
  node        text NOT NULL,
  epoch       bigint NOT NULL CHECK (epoch > 0),
  came_at     timestamptz NOT NULL,
  went_at     timestamptz CHECK (went_at >= came_at) -- null: nobody has seen it go
);
CREATE INDEX agent_lines_by_agent ON argus.agent_lines (agent_id, came_at DESC);
CREATE INDEX agent_lines_open ON argus.agent_lines (node, epoch) WHERE went_at IS NULL;
CREATE INDEX agent_lines_old ON argus.agent_lines (went_at) WHERE went_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON argus.agent_lines TO argus_runtime;
