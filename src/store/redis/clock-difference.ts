import type { Connection } from './connection.js';

/** Steps, so that the same difference is said in the same words, and once. */
const steps: readonly (readonly [ms: number, words: string])[] = [
  [3_600_000, 'an hour'],
  [60_000, 'a minute'],
  [5_000, '5 s'],
  [500, 'half a second'],
];

/** What is certain of it, whenever in between the server has looked: above 0 when its clock is ahead. */
const differenceOf = (before: number, at: number, after: number): number => (at > after ? at - after : Math.min(0, at - before));

/** How the clock of this machine differs from the server's, fit to be shown to an operator; null: not so that it matters. */
export const describeClockDifference = async (connection: Connection): Promise<string | null> => {
  const before = Date.now();
  const time = await connection.call('TIME').catch(() => undefined);
  // A user of the server who may not ask for it.
  if (!Array.isArray(time)) return null;
  const [seconds, micros] = time;
  const difference = differenceOf(before, Number(String(seconds)) * 1_000 + Number(String(micros)) / 1_000, Date.now());
  const step = steps.find(([ms]) => Math.abs(difference) > ms);
  if (step === undefined) return null;
  return `The clock of this machine is more than ${step[1]} ${difference > 0 ? 'behind' : 'ahead of'} that of Redis: what several gateways read is ordered by their clocks. Set them by NTP.`;
};
