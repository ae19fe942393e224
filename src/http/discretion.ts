import type { BackendObserver } from '../domain/index.js';
import { signedForms } from './authorization.js';
import { createRefusalCleaner } from './clean-refusal.js';
import type { HttpResponse } from './http-client.js';
import { createRedact } from './redact.js';

/** What one call lets be seen: neither the connection's secrets nor what was signed for it. */
export interface Discretion {
  /** Hides these from now on. */
  hide(headers: Readonly<Record<string, string>>): void;
  readonly note: BackendObserver['noted'];
  cleaned(response: HttpResponse, size: number): HttpResponse;
}

/** Makes one for each call; where nothing is signed they share the patterns. */
export const createDiscretion = (backend: string, secrets: readonly string[], observer: BackendObserver): (() => Discretion) => {
  const make = (hidden: readonly string[]): Pick<Discretion, 'note' | 'cleaned'> => {
    const redact = createRedact(hidden);
    return {
      note: (level, message, facts) => observer.noted(level, message, redact({ backend, ...facts })),
      cleaned: createRefusalCleaner(hidden),
    };
  };
  const plain = make(secrets);
  return () => {
    const signed = new Set<string>();
    const current = () => (signed.size === 0 ? plain : make([...secrets, ...signed]));
    return {
      hide: (headers) => {
        for (const form of signedForms(headers)) signed.add(form);
      },
      note: (level, message, facts) => current().note(level, message, facts),
      // What is no refusal is not looked through: no patterns are made for it.
      cleaned: (response, size) => (response.status >= 200 && response.status < 300 ? plain : current()).cleaned(response, size),
    };
  };
};
