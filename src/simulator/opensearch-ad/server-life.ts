import { resumeJobs } from './real-time.js';
import { abandonAll, createRuntime } from './runtime.js';
import type { World } from './world.js';

/** For how long after boot searches fail, in simulated milliseconds: 4 s were seen to be too short once, 8 never (2.19, 3.4). */
const recoveryMs = 4000;

/** Kills the server: what ran is forgotten, what was written stays. */
export function crash(world: World): void {
  abandonAll(world.runtime);
  world.runtime = createRuntime();
  world.server = 'down';
}

/** Boots a server that was killed, or still runs; it has searches fail until its shards are there. */
export function boot(world: World, recoverMs = recoveryMs): void {
  if (world.server !== 'down') crash(world);
  world.server = 'recovering';
  world.restarts += 1;
  world.schedule.after(recoverMs, () => {
    if (world.server === 'recovering') world.server = 'up';
  });
  resumeJobs(world);
}
