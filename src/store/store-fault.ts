/** What an owner is told once when it happens. */
export interface StoreFault {
  /**
   * `damaged` and `unknown-version`: what was there was set aside and a fresh store begun. `unwritable`: serving goes on from memory until writes
   * succeed again. `not-persistent`: the server takes what is written and would forget it. `lost`: not all that was kept in memory could be written later.
   * `reservation`: it works, and something is not as it should be.
   */
  readonly kind: 'damaged' | 'unknown-version' | 'unwritable' | 'not-persistent' | 'lost' | 'reservation';
  /** Fit to be shown to an operator. */
  readonly message: string;
  readonly cause?: unknown;
}
