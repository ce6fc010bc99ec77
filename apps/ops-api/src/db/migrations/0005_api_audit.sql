-- Credentials over HTTP, and the record of API calls: who asked for what, when, and how it was answered.

ALTER TABLE argus.pats
  ADD COLUMN made_by       text, -- the token it was made with; null: at the server itself
  ADD COLUMN last_used_at  timestamptz;
CREATE INDEX pats_by_age ON argus.pats (created_at, id);

-- One row per authenticated call. A partition per month, in UTC; whoever reads finds them all under this name, and the
-- runtime role has no right on a partition itself.
CREATE TABLE argus.argus_audit_log (
  id           uuid NOT NULL,
  at           timestamptz NOT NULL,
  actor        text NOT NULL,
  actor_kind   text NOT NULL CHECK (actor_kind IN ('pat', 'login')),
  pat_id       text,
  scope        text, -- that the door asked for; null: any credential would do
  method       text NOT NULL,
  route        text NOT NULL, -- the template, never what a caller put into it
  status       smallint NOT NULL,
  latency_ms   integer NOT NULL CHECK (latency_ms >= 0),
  tenant_id    text, -- whose thing the address names
  ip           text NOT NULL,
  user_agent   text CHECK (length(user_agent) <= 256),
  body_sha256  text CHECK (body_sha256 ~ '^[0-9a-f]{64}$'), -- of the bytes as they came; null: none were read
  CHECK ((actor_kind = 'pat') = (pat_id IS NOT NULL)),
  PRIMARY KEY (at, id) -- also how it is read, newest first
) PARTITION BY RANGE (at);
GRANT SELECT, INSERT ON argus.argus_audit_log TO argus_runtime;
GRANT SELECT ON argus.argus_audit_log TO argus_auditor;

-- Makes the partitions of the coming months and drops what is wholly older than 365 days, by this server's own clock.
-- It runs as the owner, who alone may do either, and takes nothing from whoever calls it: no parameter, no search path,
-- no time zone, no way of writing dates. The month before this one is for an API whose clock is a little behind.
CREATE FUNCTION argus.keep_audit_log() RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET timezone = 'UTC'
  SET datestyle = 'ISO, YMD'
  SET lock_timeout = '2s'
AS $body$
DECLARE
  present timestamptz := clock_timestamp();
  month   timestamptz;
  part    record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('argus audit log partitions', 0));
  FOR ahead IN -1 .. 3 LOOP
    month := date_trunc('month', present) + make_interval(months => ahead);
    CONTINUE WHEN to_regclass(format('argus.argus_audit_log_%s', to_char(month, 'YYYY_MM'))) IS NOT NULL;
    EXECUTE format('CREATE TABLE argus.%I PARTITION OF argus.argus_audit_log FOR VALUES FROM (%L) TO (%L)',
                   'argus_audit_log_' || to_char(month, 'YYYY_MM'), month, month + interval '1 month');
  END LOOP;
  FOR part IN
    SELECT c.oid::regclass AS name, substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz AS ends
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'argus.argus_audit_log'::regclass
  LOOP
    IF part.ends <= present - interval '365 days' THEN
      EXECUTE format('DROP TABLE %s', part.name);
    END IF;
  END LOOP;
END
$body$;
REVOKE ALL ON FUNCTION argus.keep_audit_log() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION argus.keep_audit_log() TO argus_runtime;
SELECT argus.keep_audit_log();

-- Both audit stores are read newest first, a page at a time. Their rows come in the order of time, so this index grows at
-- its end only; the block ranges it replaces could find a day, but not put it in order.
CREATE INDEX audit_by_moment ON argus.remote_support_audit (at, id);
DROP INDEX argus.audit_by_time;
CREATE INDEX events_by_moment ON argus.events (at, id);
DROP INDEX argus.events_by_time;
