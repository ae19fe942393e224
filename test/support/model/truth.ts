import type { ScriptedVendor } from '../scripted-vendor.js';
import type { ListClient } from './list-client.js';
import { lists, shapeOf } from './lists.js';
import type { Seen } from './seen.js';
import type { TaskClient } from './task-client.js';

/** What everybody has to have in the end. */
export interface Truth {
  readonly vendors: readonly ScriptedVendor[];
  readonly seen: Seen;
  /** The log reaches back to everything that has happened: then also what came and went while nobody told of it is owed. */
  readonly reachesBack: boolean;
  readonly wrong: (message: string) => void;
}

/** Longer than an event takes to whoever is connected. */
const onItsWayMs = 3_000;

const stateOf = (vendors: readonly ScriptedVendor[], id: string): string | undefined =>
  vendors.flatMap((vendor) => [...vendor.remembered.values()]).find((task) => task.id === id)?.state;

/** `fresh`: of a client that has just come, at any instance. */
export const checkLists = (
  { vendors, seen, reachesBack, wrong }: Truth,
  clients: readonly ListClient[],
  fresh: readonly ListClient[],
): void => {
  const running = new Set(vendors.flatMap((vendor) => [...vendor.listed.values()]).map(({ id }) => id));
  for (const { name, ofTasks, truth } of lists) {
    const expected = shapeOf(truth(vendors));
    const all = [...fresh, ...clients].filter((client) => client.name.startsWith(name));
    const [newest] = all;
    for (const client of all) {
      const rows = [...client.rows().values()];
      const shown = shapeOf(rows.filter(({ state }) => name !== 'all tasks' || state === 'RUNNING'));
      if (shown !== expected) wrong(`${client.name} ends with ${shown}, and not with ${expected}`);
      if (newest && shapeOf(rows) !== shapeOf(newest.rows().values()))
        wrong(`${client.name} has ${shapeOf(rows)}, and ${newest.name} ${shapeOf(newest.rows().values())}`);
      // Who keeps the later copy would keep out what comes. Estimates move on: what is that new may be on its way to others.
      for (const { id, revision } of rows.filter((row) => row.revision < Date.now() - onItsWayMs))
        for (const other of fresh.filter((each) => each.name.startsWith(name)))
          if (revision > (other.rows().get(id)?.revision ?? revision))
            wrong(`${client.name} was told ${id} as of ${revision}, and ${other.name} as of ${other.rows().get(id)?.revision}`);
      if (name !== 'all tasks') continue;
      for (const { id, state } of rows) {
        const ended = stateOf(vendors, id) ?? 'LOST';
        if (state !== 'RUNNING' && state !== ended) wrong(`${client.name} ends with ${id} as ${state}, and not as ${ended}`);
      }
    }
    if (!ofTasks) continue;
    for (const client of clients.filter((each) => each.name.startsWith(name)))
      for (const id of new Set([...(reachesBack ? seen.since(client.since() ?? seen.count()) : []), ...client.waitsFor()]))
        if (!running.has(id) && !client.knowsEnd(id)) wrong(`${client.name} was never told how ${id} ended`);
  }
};

export const checkWatchers = ({ vendors, wrong }: Truth, watchers: readonly TaskClient[]): void => {
  const all = vendors.flatMap((vendor) => [...vendor.listed.values(), ...vendor.remembered.values()]);
  for (const watcher of watchers) {
    const last = watcher.last();
    const truth = all.find(({ id }) => id === watcher.id);
    if (!last) continue;
    if (last.state !== (truth?.state ?? 'LOST') || (truth?.state === 'RUNNING' && last.progress !== truth.progress))
      wrong(`${watcher.id} is ${JSON.stringify(truth)}, and the last that was told is ${JSON.stringify(last)}`);
    if (watcher.completed() !== (last.state !== 'RUNNING')) wrong(`${watcher.id}: ${last.state}, and completed: ${watcher.completed()}`);
  }
};
