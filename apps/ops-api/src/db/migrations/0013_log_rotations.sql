-- The log key of a tree changes at an entry of that tree. Written with the entry, in one transaction.
CREATE TABLE argus.log_rotations (
  tree      text NOT NULL,
  size      bigint NOT NULL CHECK (size > 0), -- of the tree with that entry: checkpoints over more are signed by the new key
  from_key  bytea NOT NULL REFERENCES argus.log_keys (public_key),
  to_key    bytea NOT NULL REFERENCES argus.log_keys (public_key) CHECK (to_key <> from_key),
  PRIMARY KEY (tree, size)
);
GRANT SELECT, INSERT ON argus.log_rotations TO argus_runtime;
GRANT SELECT ON argus.log_rotations TO argus_auditor;

-- A server that was not restarted since signs with a key that has been rotated away. Its checkpoints would belong to nobody:
-- they are refused here, and with them what they were to be signed over. The id of a key in a note is the beginning of a digest
-- over the name of the tree and the key, so it differs from tree to tree.
CREATE FUNCTION argus.note_key(note text) RETURNS bytea
  LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $body$ SELECT substring(decode(split_part(rtrim(split_part(note, E'\n\n', 2), E'\n'), ' ', 3), 'base64') FROM 1 FOR 4) $body$;

REVOKE ALL ON FUNCTION argus.note_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION argus.note_key(text) TO argus_runtime;

CREATE FUNCTION argus.refuse_rotated_key() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  wanted bytea;
  before text;
BEGIN
  -- Where the key was never changed there is nothing to look at.
  IF (SELECT count(*) FROM argus.log_keys) < 2 THEN RETURN NEW; END IF;
  SELECT r.to_key INTO wanted FROM argus.log_rotations r WHERE r.tree = NEW.tree AND r.size < NEW.size ORDER BY r.size DESC LIMIT 1;
  IF wanted IS NULL THEN
    SELECT c.note INTO before FROM argus.log_checkpoints c WHERE c.tree = NEW.tree AND c.size < NEW.size ORDER BY c.size DESC LIMIT 1;
    IF before IS NOT NULL THEN
      IF argus.note_key(before) = argus.note_key(NEW.note) THEN RETURN NEW; END IF;
    ELSE
      -- The first of a tree: by the newest key there is.
      SELECT k.public_key INTO wanted FROM argus.log_keys k ORDER BY k.created_at DESC LIMIT 1;
    END IF;
  END IF;
  IF wanted IS NOT NULL AND argus.note_key(NEW.note) = substring(sha256(convert_to(split_part(NEW.note, E'\n', 1) || E'\n', 'UTF8') || '\x01'::bytea || wanted) FROM 1 FOR 4) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the log key of % was rotated, and this server signs with another one: restart it', NEW.tree USING ERRCODE = 'AR001';
END
$body$;
CREATE TRIGGER log_checkpoints_of_this_key BEFORE INSERT ON argus.log_checkpoints FOR EACH ROW EXECUTE FUNCTION argus.refuse_rotated_key();
