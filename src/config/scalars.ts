import { z } from 'zod';

const numberOf = (value: unknown): unknown => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value);
const words: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/** A whole number within bounds. Its digits as text will do: the environment and `${NAME}` have nothing else. */
export const whole = (least: number, most: number) => z.preprocess(numberOf, z.int().min(least).max(most));

/** True or false, also as text. */
export const flag = () => z.preprocess((value) => words.get(value) ?? value, z.boolean());
