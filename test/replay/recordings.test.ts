import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { areOwn, folder, recordings } from './recordings.js';
import { entriesOf, replay } from './replay.js';

/** How much of a recording is not replayed. */
interface Count {
  readonly skipped: number;
  readonly partly: number;
}

const committed: Readonly<Record<string, Count>> = JSON.parse(readFileSync(new URL('./skipped.json', import.meta.url), 'utf8'));

describe(`the simulator answers what real servers answered (${areOwn ? 'own recordings' : folder})`, () => {
  const all = recordings();
  const counted: Record<string, Count> = {};
  const lines: string[] = [];

  // Work of a simulator goes on by real timers between two exchanges: on a busy machine a look may come a piece too early, and is taken once more.
  it.each(all.map((recording) => [recording.name, recording] as const))('%s', { timeout: 60_000, retry: 1 }, async (name, recording) => {
    const { problems, skipped, partly } = await replay(recording);
    if (skipped.length + partly.length > 0) {
      counted[name] = { skipped: skipped.length, partly: partly.length };
      lines.push(...skipped.map((line) => `${name} not replayed ${line}`), ...partly.map((line) => `${name} in part ${line}`));
    }
    expect(problems).toEqual([]);
  });

  it('skips exactly what is known to be skipped, so that it can only become less', (context) => {
    if (!areOwn) context.skip('these are not the recordings that are counted');
    expect(counted).toEqual(committed);
  });

  afterAll(() => {
    const sum = (key: keyof Count) => Object.values(counted).reduce((total, count) => total + count[key], 0);
    const entries = all.reduce((total, recording) => total + entriesOf(recording), 0);
    process.stdout.write(`${lines.join('\n')}\n${entries} entries; not replayed ${sum('skipped')}, in part ${sum('partly')}\n`);
  });
});
