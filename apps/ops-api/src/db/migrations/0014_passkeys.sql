-- Passkeys of people: public keys and how often each signed. Nothing in here opens anything.
CREATE TABLE argus.passkeys (
  id             text PRIMARY KEY CHECK (id ~ '^pky_[a-z0-9]{20}$'),
  credential_id  bytea NOT NULL CHECK (length(credential_id) BETWEEN 16 AND 1023),
  user_id        text NOT NULL REFERENCES argus.users (id),
  name           text NOT NULL CHECK (length(name) <= 64),
  alg            text NOT NULL CHECK (alg IN ('ES256', 'EdDSA', 'RS256')),
  public_key     text NOT NULL CHECK (length(public_key) <= 800),
  rp_id          text NOT NULL CHECK (length(rp_id) <= 253),
  counter        bigint NOT NULL CHECK (counter >= 0),
  created_at     timestamptz NOT NULL,
  last_used_at   timestamptz,
  removed_at     timestamptz,
  CONSTRAINT one_passkey_per_credential UNIQUE (credential_id)
);
CREATE INDEX passkeys_by_user ON argus.passkeys (user_id) WHERE removed_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON argus.passkeys TO argus_runtime;

-- Who somebody is at the identity provider, for good.
CREATE TABLE argus.oidc_subjects (
  issuer    text NOT NULL CHECK (length(issuer) <= 2048),
  subject   text NOT NULL CHECK (length(subject) <= 255),
  user_id   text NOT NULL REFERENCES argus.users (id),
  bound_at  timestamptz NOT NULL,
  CONSTRAINT one_user_per_subject PRIMARY KEY (issuer, subject),
  CONSTRAINT one_subject_per_user UNIQUE (user_id)
);
GRANT SELECT, INSERT ON argus.oidc_subjects TO argus_runtime;

-- Challenges of passkeys and attempts at the identity provider count once, on all nodes, as nonces do.
ALTER TABLE argus.nonces DROP CONSTRAINT nonces_purpose_check;
ALTER TABLE argus.nonces ADD CONSTRAINT nonces_purpose_check CHECK (purpose IN ('handshake', 'activation', 'passkey', 'oidc'));
