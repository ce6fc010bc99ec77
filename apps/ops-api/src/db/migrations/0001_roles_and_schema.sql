-- Who may do what is written beside each table, in the migration that makes it. Here is only what holds for all of them.
-- argus_owner makes and owns everything in this schema, argus_runtime is the running API, argus_auditor reads.

COMMENT ON SCHEMA argus IS 'Argus. Grants are per table: a table nobody thought about is a table nobody can read.';

GRANT USAGE ON SCHEMA argus TO argus_runtime, argus_auditor;

-- Both may see how far the schema is; only migrations write it.
GRANT SELECT ON argus.schema_migrations TO argus_runtime, argus_auditor;

-- PostgreSQL lets everyone execute a new function unless told otherwise. Triggers run all the same; CHECKs need a grant.
ALTER DEFAULT PRIVILEGES FOR ROLE argus_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
