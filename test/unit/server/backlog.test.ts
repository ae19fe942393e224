import { describe, expect, it } from 'vitest';
import { createBacklog } from '../../../src/server/fan-out/backlog.js';

interface Told {
  readonly numbers: readonly number[];
}
/** Events that remember what they are joined from, and weigh one however many that is. */
const rig = () => {
  let joins = 0;
  const backlog = createBacklog({
    join: (earlier, later) => {
      joins += 1;
      return { numbers: [...(earlier as Told).numbers, ...(later as Told).numbers] };
    },
    weigh: () => 1,
  });
  return {
    backlog,
    joins: () => joins,
    push: (count: number) => {
      for (let n = 0; n < count; n += 1) backlog.push({ numbers: [backlog.head + 1] });
    },
    told: (position: number) => (backlog.after(position) as Told | undefined)?.numbers,
  };
};
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('events kept for those who are behind', () => {
  it('are told as one from any position, and nothing to those who know all', () => {
    const { push, told } = rig();
    push(5);
    expect([0, 2, 4, 5, 7].map(told)).toEqual([range(1, 5), range(3, 5), [5], undefined, undefined]);
  });

  it('are joined once for all at a position', () => {
    const { backlog, push, joins } = rig();
    push(4);
    expect(backlog.after(1)).toBe(backlog.after(1));
    expect(joins()).toBe(2);
  });

  it('are joined once each, however many stand apart', () => {
    const { push, told, joins } = rig();
    push(200);
    for (let position = 0; position < 200; position += 1) expect(told(position)).toEqual(range(position + 1, 200));
    expect(joins()).toBe(199);
  });

  it('are dropped when nobody needs them', () => {
    const { backlog, push, told } = rig();
    push(10);
    backlog.keepFor(new Set([7]));
    expect(backlog.weight).toBe(3);
    expect(told(7)).toEqual([8, 9, 10]);
    backlog.keepFor(new Set());
    expect(backlog.weight).toBe(0);
    push(1);
    expect(told(10)).toEqual([11]);
  });

  it('stay few however many happen, and exact for everybody', () => {
    const { backlog, push, told } = rig();
    const behind = new Set([3, 400, 401, 900]);
    push(1);
    for (let n = 1; n < 5_000; n += 1) {
      push(1);
      backlog.keepFor(new Set([...behind].filter((position) => position < backlog.head)));
      expect(backlog.weight).toBeLessThanOrEqual(26);
    }
    for (const position of behind) expect(told(position)).toEqual(range(position + 1, 5_000));
  });
});
