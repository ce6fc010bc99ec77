-- Limits on arming: how often one operator may, and for how long a tenant stays armed.

-- When an operator last armed or disarmed, at most as often as the limit counts; shared by all nodes, kept over restarts.
CREATE TABLE argus.arm_turns (
  operator  text PRIMARY KEY, -- e-mail, in lower case
  taken     timestamptz[] NOT NULL CHECK (cardinality(taken) <= 20)
);
GRANT SELECT, INSERT, UPDATE ON argus.arm_turns TO argus_runtime;

-- For the look at who has been armed for long enough: a handful of rows, however many tenants there are.
CREATE INDEX tenants_armed_until ON argus.tenants (armed_until) WHERE armed;

-- No setting arms for longer, whatever code writes it. In hours: a day of an interval is not always 24 of them.
ALTER TABLE argus.tenants
  ADD CONSTRAINT armed_for_90_days_at_most CHECK (NOT armed OR armed_until <= armed_at + interval '2160 hours');
