import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../src/domain/index.js';

/** Work that ends when the test says so. */
const createWork = () => {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { ended, end };
};
const soon = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('let one piece of work on a key begin when the one before has ended, and do not hold up other keys', async () => {
    const turns = createTurns();
    const [first, other] = [createWork(), createWork()];
    const begun: string[] = [];
    const work = (name: string, until: Promise<void>) => async () => {
      begun.push(name);
      await until;
      return name;
    };
    const all = [
      turns.take('a', work('first', first.ended)),
      turns.take('a', work('second', Promise.resolve())),
      turns.take('b', work('other', other.ended)),
    ];
    await soon();
    expect(begun).toEqual(['first', 'other']);
    first.end();
    other.end();
    expect(await Promise.all(all)).toEqual(['first', 'second', 'other']);
  });

  it('go on after work that fails, whose failure is its own', async () => {
    const turns = createTurns();
    const failed = turns.take('a', () => Promise.reject(new TypeError('it fails')));
    const next = turns.take('a', async () => 'next');
    await expect(failed).rejects.toThrow('it fails');
    expect(await next).toBe('next');
  });

  it('remember nothing of a key once its work is done', async () => {
    const turns = createTurns();
    const { ended, end } = createWork();
    const work = turns.take('a', () => ended);
    expect([turns.isBusy('a'), turns.isBusy('b')]).toEqual([true, false]);
    end();
    await work;
    await soon();
    expect(turns.isBusy('a')).toBe(false);
  });
});
