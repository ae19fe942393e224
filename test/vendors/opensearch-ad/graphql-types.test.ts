import { isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildGatewaySchema } from '../../../src/graphql/schema.js';
import { opensearchAd, searchGuardAd } from '../../../src/vendors/opensearch-ad/index.js';

describe('the types these vendors add to the schema', () => {
  const schema = buildGatewaySchema({ vendors: [opensearchAd, searchGuardAd] });
  const fieldsOf = (name: string): Readonly<Record<string, string>> => {
    const type = schema.getType(name);
    if (!isObjectType(type)) throw new Error(`${name} is not in the schema`);
    return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, String(field.type)]));
  };

  it('are there once, for both, with the fields a dashboard asks for', () => {
    expect(fieldsOf('DetectorJobDetails')).toEqual({
      id: 'ID!',
      raw: 'JSON',
      enabled: 'Boolean!',
      enabledAt: 'DateTime',
      disabledAt: 'DateTime',
      intervalMs: 'SafeInt',
      windowDelayMs: 'SafeInt',
      lockDurationMs: 'SafeInt',
      resultIndex: 'String',
    });
    const { id, ...counters } = fieldsOf('AdNodeMetrics');
    expect(id).toBe('ID!');
    expect(Object.keys(counters)).toEqual([
      'executeRequestCount',
      'executeFailureCount',
      'hcExecuteRequestCount',
      'hcExecuteFailureCount',
      'executingBatchTaskCount',
      'totalBatchTaskExecutionCount',
      'canceledBatchTaskCount',
      'batchTaskFailureCount',
      'modelCorruptionCount',
      'modelCount',
    ]);
    expect(new Set(Object.values(counters))).toEqual(new Set(['SafeInt']));
  });

  it('say in a description what each field means', () => {
    for (const name of ['DetectorJobDetails', 'AdNodeMetrics']) {
      const type = schema.getType(name);
      if (!isObjectType(type)) throw new Error(`${name} is not in the schema`);
      expect(type.description).toMatch(/\w/);
      for (const field of Object.values(type.getFields())) expect(field.description).toMatch(/\w/);
    }
  });
});
