import { describe, expect, it } from 'vitest';
import { strangeAnswer } from '../../../src/http/index.js';

describe('an answer a product does not give', () => {
  const said = (status: number) => strangeAnswer({ backend: 'es', vendor: 'ELASTICSEARCH_ML' }, 'Elasticsearch', status, false).message;

  it('points at the URL, but for a 503: that is not ready', () => {
    expect(said(200)).toMatch(/check the URL/);
    expect(said(503)).toBe('Elasticsearch is not ready to answer, or what stands in front of it is not.');
  });
});
