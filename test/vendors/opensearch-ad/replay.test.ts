import { afterEach, describe, expect, it } from 'vitest';
import { vendorModules } from '../../../src/vendors/registry.js';
import { callAs, connectTo } from '../support/connect.js';
import { startRecordedServer } from './recorded-server.js';
import { type Play, plays, type Setting } from './replay-plays.js';
import { type Exchange, recordedFiles, recordingOf, routeOf } from './replay-recordings.js';

/*
 * Every answer that real servers gave on an endpoint the adapter uses is given to the adapter as it was, and what the adapter makes of it is compared with
 * what it means. What was recorded of other endpoints is left out.
 */

const open: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.dispose();
});

const setUp = async (version: string, exchanges: readonly Exchange[]): Promise<Setting> => {
  const vendor = vendorModules.find(({ id }) => id === 'opensearch-ad');
  if (!vendor) throw new Error('the adapter is not registered');
  const server = await startRecordedServer();
  const adapter = connectTo(vendor, { url: server.url });
  open.push(server, adapter);
  if (!adapter.detectors) throw new Error('the adapter has no detectors');
  const profile = { version, capabilities: vendor.capabilitiesOf(version), notice: null, dialect: 'opensearch' };
  return { server, adapter, detectors: adapter.detectors, call: callAs(profile), exchanges };
};

const playOf = (exchange: Exchange): readonly [string, Play] | undefined => {
  const [what, , play] = plays.find(([, pattern]) => pattern.test(routeOf(exchange))) ?? [];
  return what && play ? [what, play] : undefined;
};

const described = ({ label, request, response }: Exchange): string =>
  `${label}: ${request.method} ${request.path} (${response.status} ${JSON.stringify(response.body)?.slice(0, 300)})`;

describe.each(Object.entries(recordedFiles))('what a real %s answered', (version, files) => {
  it.each(files)('means to the adapter what it means: %s', async (file) => {
    const { exchanges } = recordingOf(version, file);
    const setting = await setUp(version, exchanges);
    for (const exchange of exchanges) {
      const [, play] = playOf(exchange) ?? [];
      const before = setting.server.asked.length;
      await play?.(setting, exchange).catch((cause: unknown) => {
        throw new Error(described(exchange), { cause });
      });
      if (play) expect(setting.server.asked.length, described(exchange)).toBeGreaterThan(before);
    }
  });
});

it('is more than five hundred answers, of every endpoint the adapter reads', () => {
  const counts = new Map<string, number>();
  for (const [version, files] of Object.entries(recordedFiles)) {
    for (const exchange of files.flatMap((file) => recordingOf(version, file).exchanges)) {
      const [what] = playOf(exchange) ?? [];
      if (what) counts.set(what, (counts.get(what) ?? 0) + 1);
    }
  }
  // One less means that a recording or an endpoint fell out of the table.
  expect(Object.fromEntries(counts)).toEqual({
    root: 4,
    count: 9,
    nodes: 2,
    detectors: 11,
    'detector and job': 67,
    tasks: 75,
    results: 17,
    profile: 106,
    'profile of an entity': 3,
    start: 123,
    stop: 71,
    statistics: 69,
  });
});
