-- A tenant that is shut and armed again is open, and what was opened before is not: without this a node that looks late
-- would take the one for the other. Counted by a trigger, so that no code and no hand can forget it.
ALTER TABLE argus.tenants ADD COLUMN shuttings bigint NOT NULL DEFAULT 0;
-- Of its tenant, when the session was opened.
ALTER TABLE argus.sessions ADD COLUMN shuttings bigint NOT NULL DEFAULT 0;
GRANT SELECT (shuttings) ON argus.sessions TO argus_auditor;

CREATE FUNCTION argus.count_shutting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.shuttings := OLD.shuttings + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER tenant_shuttings BEFORE UPDATE ON argus.tenants FOR EACH ROW
  WHEN (OLD.armed AND NOT NEW.armed) EXECUTE FUNCTION argus.count_shutting();
