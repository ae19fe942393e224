import { afterEach, describe, expect, it } from 'vitest';
import { type Auth, Secret, type VendorAdapter } from '../../src/domain/index.js';
import { vendorModules } from '../../src/vendors/registry.js';
import { callAs, connectTo, errorOf } from './support/connect.js';
import { type StandIn, startStandIn } from './support/stand-in.js';

const call = callAs({ version: null, capabilities: [], notice: null });
const hmac: Auth = { kind: 'hmac', customerId: 'c1', secretKey: new Secret('bm90IGEgcmVhbCBvbmUh') };
const tenMinutesMs = 600_000;
const yearSeconds = 31_536_000;

let open: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.dispose();
  open = [];
});

const overloaded = async (retryAfter: string): Promise<StandIn> => {
  const body = { error: { type: 'status_exception', reason: 'too much at once' }, status: 429 };
  const server = await startStandIn(() => ({ status: 429, body, headers: { 'retry-after': retryAfter } }));
  open.push(server);
  return server;
};

describe.each(vendorModules.map((module) => [module.title, module] as const))(
  'how long a refusal of %s asks to be left alone',
  (_, module) => {
    const refusedFor = async (retryAfter: string): Promise<number | undefined> => {
      const { url } = await overloaded(retryAfter);
      const adapter: VendorAdapter = connectTo(module, { url, ...(module.authKinds?.includes('hmac') ? { auth: hmac } : {}) });
      open.push(adapter);
      return (await errorOf(adapter.listJobs(new Set(['Job.state']), call))).facts.retryAfterMs;
    };

    it('is told in milliseconds', async () => {
      expect(await refusedFor('7')).toBe(7_000);
    });

    it('is never longer than ten minutes, and so never more than a client can hold', async () => {
      expect(await refusedFor(String(yearSeconds))).toBe(tenMinutesMs);
    });

    it('is understood when it is a date', async () => {
      const waitMs = (await refusedFor(new Date(Date.now() + 2 * tenMinutesMs).toUTCString())) ?? 0;
      expect(waitMs).toBe(tenMinutesMs);
    });

    it('is nothing when it is no time', async () => {
      expect(await refusedFor('soon')).toBeUndefined();
    });
  },
);
