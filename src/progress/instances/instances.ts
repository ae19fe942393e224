/** The gateways that share one store: which of them lives, and which of them asks a backend for all of them. */
export interface Instances {
  /**
   * Names this instance as the one that has something in hand: anew with every start, and when its lease of presence has lapsed, for the others may have
   * given up then what it had in hand by the name before.
   */
  readonly self: string;
  /**
   * Whether this instance asks that backend for all of them. True only as long as nobody else can: the lease is counted from the moment it was asked for,
   * by a clock of this process, so that who slept past its end knows as soon as it asks.
   */
  leads(backendKey: string): boolean;
  /** Whether the others still count on this instance by that name, by the same rule: only then may it send what it has queued. */
  isPresent(): boolean;
  /** Whether that instance is known to be dead. One that is not known is looked for, and counts as alive until that is done. */
  isGone(instance: string): boolean;
  /** Called for each instance that is found dead or takes its leave. Returns the way out. */
  gone(listener: (instance: string) => void): () => void;
  /** Takes part from now on; returns once it is known which backends this one leads. */
  start(): Promise<void>;
  /** Gives back what this one holds, and tells the others, who take over at once. Idempotent. */
  dispose(): Promise<void>;
}

/** What the loops need to know besides. */
export interface Leadership extends Instances {
  /** Names the time for which this instance leads: another one whenever somebody else may have led in between; undefined while it does not lead. */
  term(backendKey: string): number | undefined;
  /** The other instance that leads, as far as it has said so. */
  leaderOf(backendKey: string): string | undefined;
  /** Called when this instance has begun to lead a backend, and when it leads it no more. `isAlone`: only because it cannot reach the store, as others may. */
  turned(listener: (backendKey: string, leads: boolean, isAlone: boolean) => void): () => void;
  /** Called when another one has said that it leads a backend: also one that has said so before, to somebody who has just come. */
  led(listener: (backendKey: string, leader: string) => void): () => void;
  /** Called when somebody has missed what was said so far: an instance has come, or come back, or this one has. */
  missed(listener: () => void): () => void;
}

/** How instances speak to one another: what one says, all others hear, in one order with the changes of the journal. */
export interface Channel {
  announce(topic: string, body: unknown): void;
  hear(topic: string, listener: (body: unknown, from: string) => void): () => void;
}

/** Of a store that nobody else uses: whoever wrote into it before is dead. */
export const createLoneInstance = (self: string): Instances => ({
  self,
  leads: () => true,
  isPresent: () => true,
  isGone: (instance) => instance !== self,
  gone: () => () => undefined,
  start: async () => undefined,
  dispose: async () => undefined,
});
