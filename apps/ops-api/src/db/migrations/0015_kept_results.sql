-- Results the tenant's consent has kept, sealed to the tenant's key: nothing here opens them. Written with the entry of the
-- outcome, in one transaction; `seq` is its place in the tenant's log.
CREATE TABLE argus.kept_results (
  tenant_id   text NOT NULL REFERENCES argus.tenants (id),
  seq         bigint NOT NULL,
  agent_id    text NOT NULL,
  session_id  text NOT NULL,
  request_id  text NOT NULL,
  at          timestamptz NOT NULL,
  until       timestamptz NOT NULL CHECK (until > at AND until <= at + interval '3650 days'),
  sealed_to   text NOT NULL CHECK (length(sealed_to) = 44),
  sealed      bytea NOT NULL CHECK (length(sealed) BETWEEN 48 AND 8388608),
  signature   text NOT NULL CHECK (length(signature) = 88),
  so_far      bigint NOT NULL, -- bytes this tenant ever had kept, with this one: what there is now is told by the first and the last row
  PRIMARY KEY (tenant_id, seq)
);
ALTER TABLE argus.kept_results ALTER COLUMN sealed SET STORAGE EXTERNAL; -- nothing in it can be compressed
CREATE INDEX kept_results_until ON argus.kept_results (until);
GRANT SELECT, INSERT ON argus.kept_results TO argus_runtime;

-- Takes away what the consent did not want kept for longer, by this server's own clock. As the owner, who alone may; it takes
-- nothing from whoever calls it.
CREATE FUNCTION argus.drop_kept_results() RETURNS void
  LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $body$ DELETE FROM argus.kept_results WHERE until <= clock_timestamp() $body$;
REVOKE ALL ON FUNCTION argus.drop_kept_results() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION argus.drop_kept_results() TO argus_runtime;
