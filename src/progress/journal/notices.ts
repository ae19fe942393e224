import type { Notice } from './wire.js';

type Listener = (body: unknown, from: string) => void;

/** Who listens to what other instances announce, and to whether they can be heard. */
export interface Ears {
  hear(topic: string, listener: Listener): () => void;
  detached(listener: (isDetached: boolean) => void): () => void;
  tell(notices: readonly Notice[], from: string): void;
  tellDetached(isDetached: boolean): void;
}

export const createEars = (fault: (message: string, cause: unknown) => void): Ears => {
  const topics = new Map<string, Set<Listener>>();
  const watchers = new Set<(isDetached: boolean) => void>();

  const safely = (call: () => void): void => {
    try {
      call();
    } catch (cause) {
      fault('what another instance announced met a fault', cause);
    }
  };

  return {
    hear: (topic, listener) => {
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    detached: (listener) => {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    tell: (notices, from) => {
      for (const { topic, body } of notices) for (const listener of [...(topics.get(topic) ?? [])]) safely(() => listener(body, from));
    },
    tellDetached: (isDetached) => {
      for (const watcher of [...watchers]) safely(() => watcher(isDetached));
    },
  };
};
