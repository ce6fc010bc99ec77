-- What a machine says of a command after its outcome was recorded as unknown is on record once.
CREATE UNIQUE INDEX one_late_outcome_per_request ON argus.remote_support_audit (agent_id, request_id)
  WHERE action = 'remote_support_late_outcome';
