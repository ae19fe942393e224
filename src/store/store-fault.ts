/** What an owner is told once when it happens. */
export interface StoreFault {
  /**
   * `damaged` and `unknown-version`: what was there was set aside and a fresh store begun. `unwritable`: serving goes on from memory until writes
   * succeed again. `not-persistent`: the server takes what is written and would forget it.
   */
  readonly kind: 'damaged' | 'unknown-version' | 'unwritable' | 'not-persistent';
  /** Fit to be shown to an operator. */
  readonly message: string;
  readonly cause?: unknown;
}
