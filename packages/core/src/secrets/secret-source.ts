/** Where secrets come from: an environment, a vault. Asked each time, so that a secret can be exchanged under a running process. */
export interface SecretSource {
  /** The secret of a name, or nothing. An implementation never writes a value into an error or a log line. */
  get(name: string): Promise<string | undefined>;
}
