-- What machines have cosigned of the logs of their tenants. Added to only; what is old is thinned out by a rule of the
-- owner role, which takes nothing from whoever calls it.
CREATE TABLE argus.log_cosignatures (
  tenant_id    text NOT NULL,
  agent_id     text NOT NULL,
  size         bigint NOT NULL CHECK (size > 0),
  at           timestamptz NOT NULL, -- by the clock of the machine: what it signed
  line         text NOT NULL CHECK (length(line) <= 512),
  recorded_at  timestamptz NOT NULL DEFAULT now(), -- the runtime role cannot write it, so it cannot make a row old
  PRIMARY KEY (agent_id, size, at)
);
CREATE INDEX cosignatures_by_size ON argus.log_cosignatures (tenant_id, size, agent_id);
CREATE INDEX cosignatures_by_tenant ON argus.log_cosignatures (tenant_id, agent_id, size DESC);
CREATE INDEX cosignatures_by_age ON argus.log_cosignatures (recorded_at);
GRANT SELECT ON argus.log_cosignatures TO argus_runtime;
GRANT INSERT (tenant_id, agent_id, size, at, line) ON argus.log_cosignatures TO argus_runtime;
GRANT SELECT ON argus.log_cosignatures TO argus_auditor;

-- Stays: the newest of each machine; everything of the last 24 hours; of the last 365 days the last of each day (UTC).
CREATE FUNCTION argus.keep_log_cosignatures() RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET timezone = 'UTC'
AS $body$
DECLARE
  present timestamptz := clock_timestamp();
BEGIN
  DELETE FROM argus.log_cosignatures old
   WHERE old.ctid = ANY (ARRAY(
     SELECT c.ctid FROM argus.log_cosignatures c
      WHERE c.recorded_at < present - interval '24 hours'
        AND (c.recorded_at > present - interval '14 days' OR c.recorded_at < present - interval '365 days') -- the rest is thin already
        AND EXISTS (
          SELECT FROM argus.log_cosignatures newer
           WHERE newer.agent_id = c.agent_id AND (newer.size, newer.at) > (c.size, c.at)
             AND (c.recorded_at < present - interval '365 days' OR newer.recorded_at::date = c.recorded_at::date))
      LIMIT 2000000));
END
$body$;
REVOKE ALL ON FUNCTION argus.keep_log_cosignatures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION argus.keep_log_cosignatures() TO argus_runtime;
