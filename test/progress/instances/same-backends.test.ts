import { expect, it } from 'vitest';
import type { Connection } from '../../../src/domain/index.js';
import { watchForOtherBackends } from '../../../src/progress/instances/same-backends.js';

type Listener = (body: unknown, from: string) => void;

/** Instances that hear what the others say, and nothing else. */
const room = () => {
  const all: { readonly name: string; readonly missed: () => void; readonly faults: string[] }[] = [];
  const ears = new Map<string, Listener>();
  let said = 0;
  const enter = (name: string, urls: Readonly<Record<string, string>>) => {
    const faults: string[] = [];
    let missed = (): void => undefined;
    const leave = watchForOtherBackends({
      connections: Object.entries(urls).map(([key, url]) => ({
        ...{ key, vendorId: 'toy', url: new URL(url), auth: { kind: 'none' }, readOnly: false },
        http: {} as Connection['http'],
        poll: {} as Connection['poll'],
      })),
      instances: {
        missed: (listener) => {
          missed = listener;
          return () => undefined;
        },
      },
      channel: {
        announce: (_topic, body) => {
          said += 1;
          for (const [other, ear] of ears) if (other !== name) ear(JSON.parse(JSON.stringify(body)), name);
        },
        hear: (_topic, listener) => {
          ears.set(name, listener);
          return () => ears.delete(name);
        },
      },
      fault: (message) => faults.push(message),
    });
    all.push({ name, missed: () => missed(), faults });
    return { faults, leave };
  };
  /** Somebody has come: the others say who they are. */
  const greet = (newcomer: string): void => {
    for (const { name, missed } of all) if (name !== newcomer) missed();
  };
  return { enter, greet, said: () => said };
};

it('says once, at both, that another instance means something else by the same key, and never what', () => {
  const { enter, greet, said } = room();
  const prod = enter('prod', { es: 'http://prod.example.com:9200', ad: 'http://ad.example.com' });
  const twin = enter('twin', { es: 'http://prod.example.com:9200', ad: 'http://ad.example.com' });
  greet('twin');
  expect([prod.faults, twin.faults]).toEqual([[], []]);
  const staging = enter('staging', { es: 'http://staging.example.com:9200', ad: 'http://ad.example.com' });
  for (let times = 0; times < 3; times += 1) greet('staging');
  for (const { faults } of [prod, twin]) expect(faults).toEqual([expect.stringMatching(/keys of backends \(es\).*store\.keyPrefix/)]);
  expect(staging.faults).toHaveLength(2);
  expect([...prod.faults, ...staging.faults].join()).not.toContain('example.com');
  expect(said()).toBeLessThan(20);
});

it('says nothing of backends that only one of them has, nor of what it cannot read', () => {
  const { enter, greet } = room();
  const one = enter('one', { es: 'http://a.example.com' });
  const other = enter('other', { ad: 'http://b.example.com' });
  greet('other');
  expect([one.faults, other.faults]).toEqual([[], []]);
});
