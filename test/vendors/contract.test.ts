import { describe, expect, it } from 'vitest';
import { vendorModules } from '../../src/vendors/registry.js';
import { anomalyDetectionTargets } from './support/contract/anomaly-detection-targets.js';
import { elasticsearchTargets } from './support/contract/elasticsearch-targets.js';
import { realServerTargets } from './support/contract/real-server.js';
import { symetrymlTargets } from './support/contract/symetryml-targets.js';
import { describeContract } from './support/contract.js';

const named = process.env.VIGIL_TEST_OPENSEARCH_URL;
const real = await realServerTargets(named);
const targets = [...elasticsearchTargets(), ...anomalyDetectionTargets(), ...symetrymlTargets(), ...real];

describe('the contract of adapters', () => {
  it('is checked for every vendor there is', () => {
    expect([...new Set(targets.map(({ module }) => module.id))].toSorted()).toEqual(vendorModules.map(({ id }) => id).toSorted());
  });

  it(`is checked against simulators${named ? ` and ${real[0]?.title}` : ' alone: VIGIL_TEST_OPENSEARCH_URL names no server'}`, () => {
    expect(real).toHaveLength(named ? 1 : 0);
  });
});

for (const target of targets) describeContract(target);
