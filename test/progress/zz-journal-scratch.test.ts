import fc from 'fast-check';
import { it } from 'vitest';
import { eventsAmongSeveral } from '../support/model/arbitrary-events.js';
import { createVirtualTime } from '../support/model/virtual-time.js';
import { createWorld } from '../support/model/world.js';

const tally = new Map<string, number>();
it('x', { timeout: 900_000 }, async () => {
  const time = createVirtualTime();
  const setting = fc.record({
    instances: fc.constantFrom(2, 3),
    shared: fc.constant(true),
    backends: fc.constantFrom(1 as const, 2 as const),
    skewMs: fc.constantFrom(0, 20),
    checkpointEntries: fc.constantFrom(3, 512),
  });
  let n = 0;
  const until = performance.timeOrigin;
  void until;
  await fc.check(
    fc.asyncProperty(eventsAmongSeveral, setting, async (events, chosen: any) => {
      const world = await createWorld(time, chosen);
      try {
        for (const each of events) await world.happen(each);
        await world.rest();
      } finally {
        world.dispose();
      }
      n += 1;
      for (const f of world.faults) {
        const key = f
          .replace(/[0-9a-f]{8}-[0-9a-f-]+/g, 'U')
          .replace(/\d+/g, '#')
          .slice(0, 110);
        if (!tally.has(key)) process.stdout.write(`run ${n}: ${f.slice(0, 400)}\n`);
        tally.set(key, (tally.get(key) ?? 0) + 1);
      }
    }),
    { numRuns: Number(process.env.N ?? 60), seed: Number(process.env.SEED ?? 1) },
  );
  process.stdout.write(`${n} runs\n${[...tally].map(([k, c]) => `${c}  ${k}`).join('\n')}\n`);
  time.stop();
});
