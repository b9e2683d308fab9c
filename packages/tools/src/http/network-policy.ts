/** Where requests may go. Without any option: `https` on port 443 to addresses of the public internet. */
export interface NetworkPolicy {
  /**
   * The only hosts that requests go to: a name (`api.example.com`) or, with a leading dot, every name below it
   * (`.example.com`). An entry never matches part of a label. Default: every public host.
   */
  readonly allowHosts?: readonly string[];
  /**
   * What is let through although it is not public: addresses and blocks (`10.1.0.0/16`), and names (`billing.internal`, or
   * `.internal`) that may stand for addresses of a private network or this machine. Link-local addresses and those of cloud
   * metadata services only pass when their own address is listed.
   */
  readonly allowPrivate?: readonly string[];
  /** Default: `https` only. */
  readonly schemes?: readonly ("http" | "https")[];
  /** Default: the ports of the allowed schemes (443, 80). */
  readonly ports?: readonly number[] | "any";
}
