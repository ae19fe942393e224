import pLimit from 'p-limit';
import type { Outcome } from './attempts.js';

/** Writes may block for as long as a close takes: a quarter of the sockets stays free for reads. */
const shareOfWrites = 0.75;

/** Lets a bounded number of writes run at once. One that is given up while it waits is never sent. */
export const createWriteSlots = (maxConnections: number): ((signal: AbortSignal, work: () => Promise<Outcome>) => Promise<Outcome>) => {
  const slots = pLimit(Math.max(1, Math.floor(maxConnections * shareOfWrites)));
  const unsent: Outcome = { kind: 'abandoned', sent: false };
  return (signal, work) =>
    new Promise<Outcome>((resolve, reject) => {
      const giveUp = (): void => resolve(unsent);
      signal.addEventListener('abort', giveUp);
      slots(() => {
        signal.removeEventListener('abort', giveUp);
        return signal.aborted ? unsent : work();
      }).then(resolve, reject);
    });
};
