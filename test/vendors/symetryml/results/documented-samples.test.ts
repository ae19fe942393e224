import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decrypt } from '../../../../src/vendors/symetryml/results/decrypt.js';
import { damageOf } from '../../../../src/vendors/symetryml/results/index.js';
import { cellsOf, envelope, readResult } from './support.js';

const secret = 'EYpWjGPaoMoFUb/jfW95PQ==';
const key = Buffer.from(secret, 'base64');

const encrypt = (text: string): string => {
  const cipher = createCipheriv('aes-128-cbc', key, Buffer.from('LzM5QUtXZXWHm7HJ4wAePg==', 'base64'));
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
};

describe('results as the vendor documents them', () => {
  it.each([
    ['OK', 'Job is finished'],
    ['ACCEPTED', 'Job still running'],
    ['BAD_REQUEST', 'No such job'],
  ])('SymetryML 6.1, Job Information: %s "%s" hands over nothing', async (statusCode, statusString) => {
    const { index, entities } = await readResult(JSON.stringify({ statusCode, statusString, values: {} }));
    expect(index).toMatchObject({ statusCode, statusString, entities: [], damage: null });
    expect(entities).toEqual([]);
    expect(damageOf(index)).toBeNull();
  });

  it('SymetryML 6.3, Appendix A: the schema makes the status code a number, and its key has a blank', async () => {
    const { index } = await readResult('{"statusCode " : 200 , "statusString":"OK", "values":{}}\n');
    expect(index).toMatchObject({ statusCode: '200', damage: null });
  });

  it('SymetryML 6.3, Modeling API: an optimised k-means gives its map and its scores by number of clusters', async () => {
    const { entities } = await readResult(
      envelope(
        '{"KSVSMap":{"values":[{"kmeans_k_min":"2","kmeans_rnd_seed":"42","kmeans_10_wssse":"NaN","kmeans_5_silhouette":"0.24742236190463987","kmeans_5_wssse":"24038.895607683746"}]}}',
      ),
    );
    expect(entities).toEqual([
      {
        typename: 'KeyValueMap',
        name: 'KSVSMap',
        position: 0,
        maps: [
          {
            entries: [
              { key: 'kmeans_k_min', text: '2', number: 2 },
              { key: 'kmeans_rnd_seed', text: '42', number: 42 },
              { key: 'kmeans_10_wssse', text: 'NaN', number: null },
              { key: 'kmeans_5_silhouette', text: '0.24742236190463987', number: 0.24742236190463987 },
              { key: 'kmeans_5_wssse', text: '24038.895607683746', number: 24038.895607683746 },
            ],
          },
        ],
        kMeans: [
          { clusters: 5, wssse: 24038.895607683746, silhouette: 0.24742236190463987 },
          { clusters: 10, wssse: null, silhouette: null },
        ],
        raw: {
          values: [
            {
              kmeans_k_min: '2',
              kmeans_rnd_seed: '42',
              kmeans_10_wssse: 'NaN',
              kmeans_5_silhouette: '0.24742236190463987',
              kmeans_5_wssse: '24038.895607683746',
            },
          ],
        },
        rawOmitted: null,
      },
    ]);
  });

  it('SymetryML 6.3, Data Source API: a prediction over a data source gives a table without types', async () => {
    const result = await readResult(
      envelope(
        '{"dataframe":{"attributeNames":["resZ_Result","res_Result","normZ_Result","sepal_length"],"data":[["-0.4559922893809558","1","0.2929126883636288","4.3"],["0.1","0","0.2","5.1"]]}}',
      ),
    );
    expect(result.entities).toEqual([
      {
        typename: 'DataFrame',
        name: 'dataframe',
        position: 0,
        columns: ['resZ_Result', 'res_Result', 'normZ_Result', 'sepal_length'].map((name, index) => ({ index, name, type: null })),
        rowCount: 2,
        raw: {
          attributeNames: ['resZ_Result', 'res_Result', 'normZ_Result', 'sepal_length'],
          data: [
            ['-0.4559922893809558', '1', '0.2929126883636288', '4.3'],
            ['0.1', '0', '0.2', '5.1'],
          ],
        },
        rawOmitted: null,
      },
    ]);
    expect(await cellsOf(result, 0, 1)).toEqual([['-0.4559922893809558', '1', '0.2929126883636288', '4.3']]);
  });

  it('SymetryML 6.1, Job Information: a data frame prediction has id, res, quantiles and evt', async () => {
    const result = await readResult(
      envelope(
        '{"dataframe":{"attributeTypes":["S","B","C","C","C","B"],"attributeNames":["id","res","q95","q98","q99","evt"],"errorHandling":1,"data":[["r\\u003d1",1,0.95,Infinity,NaN,null]]}}',
      ),
    );
    expect(result.entities[0]).toMatchObject({
      columns: [
        { index: 0, name: 'id', type: 'S' },
        { index: 1, name: 'res', type: 'B' },
        { index: 2, name: 'q95', type: 'C' },
        { index: 3, name: 'q98', type: 'C' },
        { index: 4, name: 'q99', type: 'C' },
        { index: 5, name: 'evt', type: 'B' },
      ],
      raw: { data: [['r=1', 1, 0.95, 'Infinity', 'NaN', null]] },
    });
    expect(await cellsOf(result, 0, 10)).toEqual([['r=1', '1', '0.95', 'Infinity', 'NaN', null]]);
  });

  it('SymetryML 6.3, Data Source API: learning from a data source gives its project', async () => {
    const { entities } = await readResult(
      envelope(
        '{"smlInfo":{"pid":"r1","isDirty":true,"modelsList":["lda1"],"modelTypeList":["LDA"],"dsList":["iris.csv"],"attributeNames":["sepal_length","class"],"attributeIndexes":[0,4],"attributeTypes":["C","B"],"modelAssessments":{},"modelPredictions":{},"hash":-1,"categorySeparator":"$","type":"cpu","creationDate":1488220762857,"loaded":true,"persisted":false,"params":{"fed_pulsing":"false","fed_secret":"x"}}}',
      ),
    );
    expect(entities[0]).toMatchObject({
      typename: 'ProjectInfoResult',
      raw: { pid: 'r1', hash: -1, params: { fed_pulsing: 'false' } },
      projects: [
        {
          pid: 'r1',
          type: 'cpu',
          encoderName: null,
          models: [{ name: 'lda1', type: 'LDA' }],
          dataSources: ['iris.csv'],
          attributes: [
            { index: 0, name: 'sepal_length', type: 'C' },
            { index: 4, name: 'class', type: 'B' },
          ],
          createdAt: 1488220762857,
          modifiedAt: null,
          loaded: true,
          persisted: false,
          params: [{ key: 'fed_pulsing', text: 'false', number: null }],
        },
      ],
    });
    expect(JSON.stringify(entities)).not.toContain('fed_secret');
  });

  it('SymetryML 6.3, Projects: the list of projects gives each with what it has', async () => {
    const { entities } = await readResult(
      envelope(
        '{"smlInfoList":{"values":[{"modelsList":[],"pid":"anotherProject","attributeStates":[],"hash":-1,"isDirty":true},{"pid":"p2"}]}}',
      ),
    );
    expect(entities[0]).toMatchObject({ typename: 'ProjectInfoResult', projects: [{ pid: 'anotherProject', models: [] }, { pid: 'p2' }] });
  });

  it('SymetryML 6.1, Job Information: exploration gives a map of numbers, infinities among them, and the project', async () => {
    const { entities } = await readResult(
      envelope('{"KSVDMap":{"values":[{"mean":1.0E-5,"max":Infinity},{"min":-Infinity,"skew":NaN}]},"smlInfo":{"pid":"iris"}}'),
    );
    expect(entities).toMatchObject([
      {
        typename: 'KeyValueMap',
        maps: [
          {
            entries: [
              { key: 'mean', text: '1.0E-5', number: 0.00001 },
              { key: 'max', text: 'Infinity', number: null },
            ],
          },
          {
            entries: [
              { key: 'min', text: '-Infinity', number: null },
              { key: 'skew', text: 'NaN', number: null },
            ],
          },
        ],
        kMeans: [],
        raw: {
          values: [
            { mean: 0.00001, max: 'Infinity' },
            { min: '-Infinity', skew: 'NaN' },
          ],
        },
      },
      { typename: 'ProjectInfoResult', position: 1 },
    ]);
  });

  it('SymetryML 6.3, Exploration API: singular values and inflation factors stay in the order they were sent', async () => {
    const { entities } = await readResult(envelope('{"KSVSMap":{"values":[{"10":"sepal_length","2":"class","1":"Infinity"}]}}'));
    expect(entities[0]).toMatchObject({
      maps: [
        {
          entries: [
            { key: '10', text: 'sepal_length', number: null },
            { key: '2', text: 'class', number: null },
            { key: '1', text: 'Infinity', number: null },
          ],
        },
      ],
    });
  });

  it('SymetryML 6.3, Exploration API: PCA gives two tables and a sum', async () => {
    const result = await readResult(
      envelope(
        '{"pcaVectors":{"attributeNames":["v0","v1"],"data":[["1","0"],["0","1"]]},"pcaValues":{"data":[["2.5"]],"attributeNames":["value"]},"pcaSumValues":2.5}',
      ),
    );
    expect(result.entities.map(({ typename, name }) => [typename, name])).toEqual([
      ['DataFrame', 'pcaVectors'],
      ['DataFrame', 'pcaValues'],
      ['NumberResult', 'pcaSumValues'],
    ]);
    expect(result.entities[2]).toMatchObject({ number: 2.5, raw: 2.5 });
    expect(await cellsOf(result, 1, 5)).toEqual([['0', '1']]);
    expect(await cellsOf(result, 0, 5, 1)).toEqual([['2.5']]);
  });

  it.each([
    ['Infinity', null, 'Infinity'],
    ['-Infinity', null, '-Infinity'],
    ['NaN', null, 'NaN'],
    ['"3.5"', 3.5, '3.5'],
    ['1e999', null, '1e999'],
  ])('a sum of %s is kept', async (sent, number, raw) => {
    const { entities } = await readResult(envelope(`{"pcaSumValues":${sent}}`));
    expect(entities[0]).toMatchObject({ typename: 'NumberResult', number, raw });
  });
});

describe('the encrypted AwsInfo (SymetryML 6.3, Federated Learning with AWS)', () => {
  const info = JSON.stringify({
    topics: {
      'us-east-1': [
        { 'arn:aws:sns:us-east-1:1:t': [{ owner: '1', protocol: 'sqs', endpoint: 'arn:aws:sqs:us-east-1:1:q', subscription_arn: 's' }] },
      ],
    },
    queues: { 'us-east-1': ['https://sqs.us-east-1.amazonaws.com/1/q'] },
  });

  it('the cipher is that of the documents, checked with openssl', () => {
    const clear = decrypt('5XzpRW1z+toD/PW+yQ1sQssUt7hxBeqIIMyhXY4iqU0=', key);
    expect(Buffer.from(clear ?? []).toString()).toBe('Message to encrypt');
  });

  it('is shown in clear with the key', async () => {
    const { entities } = await readResult(envelope(JSON.stringify({ awsInfoEncrypted: encrypt(info) })), { key });
    expect(entities[0]).toMatchObject({
      typename: 'AwsInfoResult',
      decrypted: true,
      topics: [{ region: 'us-east-1', arn: 'arn:aws:sns:us-east-1:1:t', endpoints: ['arn:aws:sqs:us-east-1:1:q'] }],
      queues: [{ region: 'us-east-1', url: 'https://sqs.us-east-1.amazonaws.com/1/q' }],
      raw: JSON.parse(info),
    });
  });

  it.each([
    ['no key', undefined, encrypt(info)],
    ['another key', Buffer.alloc(16, 7), encrypt(info)],
    ['a key that is none for AES', Buffer.from('admin'), encrypt(info)],
    ['noise', key, 'AAAA'],
    ['no Base64', key, '{"topics":{}}'],
    ['something else inside', key, encrypt('{"other":1}')],
    ['an empty text', key, ''],
  ])('stays as it was sent, and says so: %s', async (_what, withKey, text) => {
    const { entities } = await readResult(
      envelope(JSON.stringify({ awsInfoEncrypted: text })),
      withKey === undefined ? {} : { key: withKey },
    );
    expect(entities[0]).toEqual({
      typename: 'AwsInfoResult',
      name: 'awsInfoEncrypted',
      position: 0,
      decrypted: false,
      topics: [],
      queues: [],
      raw: text,
      rawOmitted: null,
    });
  });
});

describe('what has no type', () => {
  it('an unknown key is kept raw', async () => {
    const { entities } = await readResult(envelope('{"modelInfo":{"modelId":"m","score":-Infinity},"constructor":[1,null,true]}'));
    expect(entities).toEqual([
      {
        typename: 'UnknownResult',
        name: 'modelInfo',
        position: 0,
        reason: null,
        raw: { modelId: 'm', score: '-Infinity' },
        rawOmitted: null,
      },
      { typename: 'UnknownResult', name: 'constructor', position: 1, reason: null, raw: [1, null, true], rawOmitted: null },
    ]);
  });

  it.each([
    ['dataframe', '"text"'],
    ['dataframe', 'null'],
    ['dataframe', '[["1"]]'],
    ['dataframe', '{"attributeNames":["a"]}'],
    ['dataframe', '{"attributeNames":["a"],"data":null}'],
    ['dataframe', '{"attributeNames":"a","data":[]}'],
    ['dataframe', '{"attributeNames":[["a"]],"data":[]}'],
    ['pcaVectors', '{"attributeNames":["a"],"data":[{"a":1}]}'],
    ['pcaValues', '{"attributeNames":["a"],"data":["1"]}'],
    ['KSVDMap', '{"values":{"a":1}}'],
    ['KSVSMap', '{"values":["a"]}'],
    ['KSVSMap', '7'],
    ['smlInfo', '{"type":"cpu"}'],
    ['smlInfoList', '{"values":[{"pid":"a"},3]}'],
    ['pcaSumValues', '[1]'],
    ['pcaSumValues', '"many"'],
    ['awsInfoEncrypted', '{"topics":{}}'],
  ])('%s with the shape %s is kept raw, with the reason', async (name, sent) => {
    const { entities } = await readResult(envelope(`{"${name}":${sent}}`));
    expect(entities).toEqual([
      { typename: 'UnknownResult', name, position: 0, reason: expect.any(String), raw: JSON.parse(sent), rawOmitted: null },
    ]);
  });

  it('what may echo a request or hold a key is named, not shown', async () => {
    const { entities } = await readResult(
      envelope('{"stringToSign":"GET\\nkey","smlCredentials":{"smlusersecretkey":"key"},"dsinfo":{"info":{"awsSecretKey":"key"}}}'),
    );
    expect(entities.map(({ name }) => name)).toEqual(['stringToSign', 'smlCredentials', 'dsinfo']);
    expect(JSON.stringify(entities)).not.toMatch(/"[^"]*key"/i);
  });

  it('raw is left out when it was not asked for, and a table is then not read at all', async () => {
    const result = await readResult(envelope('{"dataframe":{"attributeNames":["a"],"data":[["1"]]}}'), { withRaw: false });
    expect(result.entities[0]).toMatchObject({ typename: 'DataFrame', rowCount: 1, raw: null, rawOmitted: null });
    expect(result.body.bytesRead()).toBe(0);
  });
});
