import type { Secret } from '../../domain/index.js';
import type { Endpoint } from './endpoint.js';
import type { NumbersOfOthers } from './numbers-of-others.js';

/** What every part of the adapter works with. */
export interface AdapterContext {
  readonly endpoint: Endpoint;
  /** The customer's, as issued: some bodies are encrypted with it. */
  readonly secretKey: Secret;
  /** The longest time a result may pause on its way. */
  readonly idleMs: number;
  readonly numbersOfOthers: NumbersOfOthers;
}
