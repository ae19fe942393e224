import type { Instant, Reading, Readings } from '../domain/index.js';

/** The objects that were found. */
export const foundIn = <T>({ readings }: Readings<T>): readonly T[] =>
  [...readings.values()].flatMap((reading) => (reading.status === 'found' ? [reading.value] : []));

/** Gives every object found its revision. `readAt`: when the read began. */
export const stampReadings = <T, R extends T>(
  answer: Readings<T>,
  readAt: Instant,
  stamp: (found: readonly T[], readAt: Instant) => readonly R[],
): Readings<R> => {
  const readings = new Map<string, Reading<R>>();
  const natives: string[] = [];
  const values: T[] = [];
  for (const [native, reading] of answer.readings) {
    if (reading.status === 'found') {
      natives.push(native);
      values.push(reading.value);
    } else readings.set(native, reading);
  }
  stamp(values, readAt).forEach((value, index) => {
    const native = natives[index];
    if (native !== undefined) readings.set(native, { status: 'found', value });
  });
  return { readings, missing: answer.missing };
};
