/** A vendor's REST API over real HTTP, for demo and tests. Written from the vendor's documents and recordings; shares no code with adapters. */
export interface SimulatorModule {
  /** Same id as the vendor's: `elasticsearch-ml`. */
  readonly id: string;
  readonly title: string;
  /** Dialects it speaks, the default first. */
  readonly versions: readonly string[];
  /** Who may ask where nobody else is named; absent: everybody. */
  readonly defaultUser?: SimulatedUser;
  start(options: SimulatorOptions): Promise<RunningSimulator>;
}

/** How to run one. */
export interface SimulatorOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Path before every route, as behind a reverse proxy. */
  readonly basePath?: string;
  readonly version?: string;
  /** Times faster than life; at 1 an open or close takes tenths of a second, a background reset 1–3 s. */
  readonly speed?: number;
  /** No seeds. */
  readonly empty?: boolean;
  /** JSON file of faults, read again whenever it changes. */
  readonly faultsFile?: string;
  /** Users and API keys by privilege; absent: no security, or the customer of the vendor's samples where every request is signed. */
  readonly users?: readonly SimulatedUser[];
}

/** Somebody who may ask. */
export interface SimulatedUser {
  readonly name: string;
  /** The secret key, where requests are signed. */
  readonly password?: string;
  /** Encoded API key. */
  readonly apiKey?: string;
  readonly bearer?: string;
  /** The vendor's own privilege names. */
  readonly privileges: readonly string[];
}

/** Something that goes wrong on purpose. */
export interface Fault {
  /** `POST /_ml/anomaly_detectors/{id}/_close`, a route as counted; `*` for all. */
  readonly route: string;
  /** How many requests it hits; absent: all. */
  readonly count?: number;
  /** Waits before answering. */
  readonly latencyMs?: number;
  /** Answers this status… */
  readonly status?: number;
  /** …with this body (JSON, or text as it is) and these headers. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Destroys the socket before answering. */
  readonly reset?: boolean;
  /** Does the work, then sends only so many bytes of the answer and destroys the socket. */
  readonly cutAfterBytes?: number;
  /** Does the work, sends only so many bytes of the answer, and the rest once faults are set anew. */
  readonly holdAfterBytes?: number;
  /** Does the work, but never answers. */
  readonly hang?: boolean;
}

/** A running simulator. The same is reachable over HTTP: GET /_simulator/calls, DELETE /_simulator/calls, PUT /_simulator/faults. */
export interface RunningSimulator {
  /** Base URL, base path included, no trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Requests by route since start or the last `resetCalls`. */
  calls(): Readonly<Record<string, number>>;
  resetCalls(): void;
  setFaults(faults: readonly Fault[]): void;
  dispose(): Promise<void>;
}
