-- What leaves the server as evidence is found by these, and nothing else is: the entries of one session, and the few
-- entries a session stands on.

CREATE INDEX audit_by_session ON argus.remote_support_audit (session_id) WHERE session_id IS NOT NULL;

CREATE INDEX events_sessions_stand_on ON argus.events (tree, type, leaf_index) WHERE type IN ('agent_enrolled', 'tenant_armed');
