import { describe, expect, it } from 'vitest';
import { acquire, release } from '../../../src/store/leases.js';
import { createMemoryLayer, layeredRows } from '../../../src/store/memory-layer.js';
import { endOf, kinds } from '../../../src/store/row-keys.js';

describe('leases that were released', () => {
  it('leave nothing behind of the names they had', () => {
    const rows = layeredRows(createMemoryLayer(1_000_000));
    for (let number = 0; number < 100; number += 1) {
      acquire(rows, `job ${number}`, 'a', 100, 1_000);
      release(rows, `job ${number}`, 'a');
    }
    expect(rows.scan(kinds.lease, endOf(kinds.lease), 1_000)).toHaveLength(1);
  });

  it('have had fences that are not given again, though the clock is set back', () => {
    const rows = layeredRows(createMemoryLayer(1_000_000));
    const first = acquire(rows, 'job', 'a', 100, 5_000);
    release(rows, 'job', 'a');
    const second = acquire(rows, 'job', 'b', 100, 1_000);
    expect(second?.fence).toBeGreaterThan(first?.fence ?? 0);
    release(rows, 'job', 'b');
    expect(acquire(rows, 'job', 'a', 100, 1_000)?.fence).toBeGreaterThan(second?.fence ?? 0);
  });
});
