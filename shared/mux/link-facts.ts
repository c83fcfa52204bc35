/** What can be seen of a link from outside, for metrics, pages and findings. Times are milliseconds. */

/** One carrier of a link, as it is now. */
export interface CarrierFacts {
  /** Counts the carriers of this link, from 1. */
  readonly id: number;
  /** By the link's clock. */
  readonly since: number;
  /** The last round trip that was measured, queues included; undefined before the first. */
  readonly roundTrip: number | undefined;
  /** Bytes handed to it that the kernel has not taken. */
  readonly backlog: number;
  /** Bytes of frames sent and received on it. */
  readonly sent: number;
  readonly received: number;
}

/** A link as it is now, and what has happened to it since it began. */
export interface LinkFacts {
  /** Carriers it has; none while it waits for one. */
  readonly carriers: readonly CarrierFacts[];
  /** Since when it has had no carrier, by its clock; undefined while it has one. */
  readonly waitingSince: number | undefined;
  /** Carriers that were lost, each time whatever for. */
  readonly carriersLost: number;
  /** Times the last carrier was lost and the link went on over another. */
  readonly resumes: number;
  /** Carriers given up because others of the link answered and they did not. */
  readonly stalls: number;
  /** Bytes that were sent again because the carrier they were on was lost. */
  readonly resent: number;
  /** Receive windows granted to all its streams together, and the largest, in bytes. */
  readonly windows: number;
  readonly largestWindow: number;
  /** Bytes sent and kept until the peer acknowledges them. */
  readonly unacknowledged: number;
}
