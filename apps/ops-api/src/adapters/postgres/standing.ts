/** True in SQL while the session of this id stands: not ended, its tenant not shut since it opened, neither its agent nor its token revoked, the sign-in not over. */
export const standing = (id: string): string => `EXISTS (
  SELECT FROM argus.sessions s JOIN argus.tenants t ON t.id = s.tenant_id AND t.armed AND t.shuttings = s.shuttings
    JOIN argus.agents a ON a.id = s.agent_id AND a.revoked_at IS NULL
   WHERE s.id = ${id} AND s.state <> 'ended'
     AND NOT EXISTS (SELECT FROM argus.pats p WHERE p.id = s.token_id AND p.revoked_at IS NOT NULL)
     AND NOT EXISTS (SELECT FROM argus.logins l WHERE l.id = s.token_id AND l.ended_at IS NOT NULL))`;
