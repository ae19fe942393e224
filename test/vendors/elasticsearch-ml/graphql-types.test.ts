import { isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildGatewaySchema } from '../../../src/graphql/schema.js';
import { elasticsearchMl } from '../../../src/vendors/elasticsearch-ml/index.js';

describe('the types this vendor adds to the schema', () => {
  const schema = buildGatewaySchema({ vendors: [elasticsearchMl] });
  const fieldsOf = (name: string): Readonly<Record<string, string>> => {
    const type = schema.getType(name);
    if (!isObjectType(type)) throw new Error(`${name} is not in the schema`);
    return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, String(field.type)]));
  };

  it('have the fields a dashboard asks for', () => {
    expect(fieldsOf('ElasticsearchJobDetails')).toEqual({
      id: 'ID!',
      raw: 'JSON',
      jobVersion: 'String',
      bucketSpanMs: 'SafeInt',
      assignmentExplanation: 'String',
      blockedReason: 'String',
      openForMs: 'SafeInt',
      memoryStatus: 'String',
      dataCounts: 'ElasticsearchDataCounts',
      modelSize: 'ElasticsearchModelSize',
      timing: 'ElasticsearchTiming',
      modelSnapshots: 'ModelSnapshotConnection!',
    });
    expect(fieldsOf('ElasticsearchDataCounts')).toEqual({
      id: 'ID!',
      ...Object.fromEntries(
        [
          'processedRecordCount',
          'processedFieldCount',
          'inputBytes',
          'inputRecordCount',
          'inputFieldCount',
          'invalidDateCount',
          'missingFieldCount',
          'outOfOrderTimestampCount',
          'bucketCount',
          'emptyBucketCount',
          'sparseBucketCount',
        ].map((name) => [name, 'SafeInt!']),
      ),
      earliestRecordAt: 'DateTime',
      latestRecordAt: 'DateTime',
      lastDataAt: 'DateTime',
    });
    expect(fieldsOf('ElasticsearchModelSize')).toEqual({
      id: 'ID!',
      modelBytes: 'SafeInt!',
      peakModelBytes: 'SafeInt',
      memoryLimitBytes: 'SafeInt',
      categorizationStatus: 'String',
      bucketAllocationFailureCount: 'SafeInt!',
    });
    expect(fieldsOf('ElasticsearchTiming')).toEqual({
      id: 'ID!',
      bucketCount: 'SafeInt!',
      totalBucketProcessingMs: 'Float',
      averageBucketProcessingMs: 'Float',
    });
    expect(fieldsOf('ElasticsearchNodeMetrics')).toEqual({
      id: 'ID!',
      totalBytes: 'SafeInt',
      mlMaxBytes: 'SafeInt',
      anomalyDetectorsBytes: 'SafeInt',
      nativeCodeOverheadBytes: 'SafeInt',
      jvmHeapMaxBytes: 'SafeInt',
    });
  });

  it('are details of a job and metrics of a node, each field described', () => {
    const interfacesOf = (name: string) => {
      const type = schema.getType(name);
      return isObjectType(type) ? type.getInterfaces().map((each) => each.name) : [];
    };
    expect(interfacesOf('ElasticsearchJobDetails')).toEqual(['JobDetails']);
    expect(interfacesOf('ElasticsearchNodeMetrics')).toEqual(['NodeMetrics']);
    for (const { name } of elasticsearchMl.graphqlTypes) {
      const type = schema.getType(name.replace(/Type$/, ''));
      expect(type?.description, name).toBeTruthy();
      for (const field of isObjectType(type) ? Object.values(type.getFields()) : [])
        expect(field.description, `${name}.${field.name}`).toBeTruthy();
    }
  });
});
