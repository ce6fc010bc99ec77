/** How the server runs. Given on its command line at every start, so that no file of the cluster can undo it. */
const SETTINGS = {
  // Only the socket: the bundled OpenSSL is old, and nothing outside this machine has business here.
  listen_addresses: '',
  ssl: 'off',
  unix_socket_permissions: '0700',
  max_connections: '100',
  password_encryption: 'scram-sha-256',

  // What we acknowledge is on the disk.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',

  // A guest on somebody's machine: modest.
  shared_buffers: '64MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '512MB',

  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',

  // A log that holds no data of ours: no statements, no parameters, no "Key (email)=(…)" details.
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%Y%m%d-%H%M%S.log',
  log_file_mode: '0600',
  log_rotation_size: '10MB',
  log_rotation_age: '0',
  log_statement: 'none',
  log_min_error_statement: 'panic',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_error_verbosity: 'terse',
} as const;

export const serverArguments = (cluster: string, socketDir: string, port: number): readonly string[] => [
  '-D',
  cluster,
  '-k',
  socketDir,
  '-p',
  String(port),
  ...Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];
