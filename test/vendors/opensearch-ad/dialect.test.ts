import { describe, expect, it } from 'vitest';
import { dialectFor, dialectOfProfile, presentStatName, statNameIn } from '../../../src/vendors/opensearch-ad/dialect.js';
import { isAtLeast, isOlderThan, isVersion } from '../../../src/vendors/opensearch-ad/version.js';
import { answered } from './rig.js';

const statNames = (version: string): readonly string[] => {
  const { nodes, ...cluster } = answered(`${version}/00-virgin-cluster`, 'stats').body as {
    readonly nodes: Readonly<Record<string, object>>;
  };
  return [...Object.keys(cluster), ...Object.values(nodes).flatMap((node) => Object.keys(node))];
};

describe('versions', () => {
  it.each([
    ['2.19.4', true],
    ['3.4.0-SNAPSHOT', true],
    ['1.0.0-tp1', true],
    ['2.11', true],
    ['2', false],
    ['N/A', false],
    ['', false],
    [undefined, false],
  ])('%s is one: %s', (text, expected) => {
    expect(isVersion(text)).toBe(expected);
  });

  it('compare by major and minor, and an unknown one is neither older nor newer', () => {
    expect([isAtLeast('2.15.0', 2, 15), isAtLeast('3.0.0', 2, 15), isAtLeast('2.9.0', 2, 15)]).toEqual([true, true, false]);
    expect([isOlderThan('2.14.9', 2, 15), isOlderThan('2.15.0', 2, 15)]).toEqual([true, false]);
    expect([isAtLeast(null, 1, 0), isOlderThan(null, 9, 0)]).toEqual([false, false]);
  });
});

describe('a dialect', () => {
  it.each([
    ['opensearch', '/_plugins/_anomaly_detection'],
    ['opendistro', '/_opendistro/_anomaly_detection'],
    ['search-guard', '/_anomaly_detection/api'],
  ] as const)('of %s has its base path', (flavour, basePath) => {
    expect(dialectFor(flavour, null).basePath).toBe(basePath);
  });

  it.each([
    ['opensearch', '1.3.20', false],
    ['opensearch', '2.14.0', false],
    ['opensearch', '2.15.0', true],
    ['opensearch', '3.4.0', true],
    ['opensearch', null, null],
    ['opendistro', '7.10.2', false],
    ['search-guard', '1.0.0-tp1', null],
  ] as const)('of %s %s has the names of 2.15: %s', (flavour, version, renamed) => {
    expect(dialectFor(flavour, version).renamed).toBe(renamed);
  });

  it('comes from the profile, and before that is known from the configured product', () => {
    expect(dialectOfProfile({ version: '7.10.2', dialect: 'opendistro' }, 'opensearch').flavour).toBe('opendistro');
    expect(dialectOfProfile({ version: null }, 'search-guard').flavour).toBe('search-guard');
    expect(dialectOfProfile({ version: null, dialect: 'klingon' }, 'opensearch').flavour).toBe('opensearch');
  });
});

describe('names of statistics', () => {
  it.each(['2.11.0', '2.19.4', '3.4.0'])('are those a real %s answers with', (version) => {
    const known = statNames(version);
    const dialect = dialectFor('opensearch', version);
    expect(known.length).toBeGreaterThan(12);
    for (const name of known) expect(statNameIn(dialect, presentStatName(name))).toBe(name);
  });

  it.each([
    ['2.15.0', 'anomaly_detectors_index_status', 'config_index_status'],
    ['2.16.0', 'anomaly_detection_job_index_status', 'job_index_status'],
    ['2.17.0', 'anomaly_detection_job_index_status', 'anomaly_detection_job_index_status'],
    ['2.3.0', 'ad_model_corruption_count', null],
    ['1.0.0', 'hc_detector_count', null],
    ['2.19.4', 'forecast_config_index_status', null],
    [null, 'hc_detector_count', null],
    [null, 'detector_count', 'detector_count'],
  ])('in %s, %s is %s', (version, present, name) => {
    expect(statNameIn(dialectFor('opensearch', version), present)).toBe(name);
  });

  it('are not guessed at for Search Guard, and old in Open Distro', () => {
    expect(statNameIn(dialectFor('search-guard', '1.0.0-tp1'), 'hc_detector_count')).toBeNull();
    expect(statNameIn(dialectFor('opendistro', '7.10.2'), 'hc_detector_count')).toBeNull();
    expect(statNameIn(dialectFor('opendistro', '7.10.2'), 'model_count')).toBe('model_count');
  });
});
