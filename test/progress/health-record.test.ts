import { describe, expect, it } from 'vitest';
import { VigilError } from '../../src/errors.js';
import { createHealthRecord } from '../../src/progress/backends/health-record.js';

const rig = () => {
  let changes = 0;
  let clock = 100;
  const health = createHealthRecord(
    () => {
      changes += 1;
    },
    () => clock,
  );
  return {
    health,
    changes: () => changes,
    at: (time: number) => {
      clock = time;
    },
  };
};
const down = new VigilError('BACKEND_UNAVAILABLE', 'refused', { retryAfterMs: 5 });

describe('the health of a backend', () => {
  it('is unknown before the first answer, and up after it', () => {
    const { health, changes } = rig();
    expect(health.current()).toMatchObject({ status: 'UNKNOWN', lastAnswerAt: null });
    health.answered('GET /a', 200);
    expect(health.current()).toMatchObject({ status: 'UP', lastAnswerAt: 100, code: null });
    expect(changes()).toBe(1);
  });

  it('tells of a change once, and keeps since when it is so', () => {
    const { health, changes, at } = rig();
    health.answered('GET /a', 200);
    at(200);
    health.answered('GET /a', 200);
    expect(health.current()).toMatchObject({ since: 100, lastAnswerAt: 200 });
    expect(changes()).toBe(1);
  });

  it.each([
    [401, 'FORBIDDEN'],
    [403, 'FORBIDDEN'],
    [429, 'BACKEND_UNAVAILABLE'],
    [503, 'BACKEND_UNAVAILABLE'],
  ])('is degraded by a read that is answered with %i', (status, code) => {
    const { health } = rig();
    health.answered('GET /a', status);
    expect(health.current()).toMatchObject({ status: 'DEGRADED', code });
  });

  it.each([200, 404])('is well with a read that is answered with %i', (status) => {
    const { health } = rig();
    health.answered('GET /a', status);
    expect(health.current().status).toBe('UP');
  });

  it('is not judged by the refusal of a write', () => {
    const { health } = rig();
    health.alive();
    expect(health.current().status).toBe('UP');
  });

  it('does not flap between a route that is ill and others that are well', () => {
    const { health, changes } = rig();
    health.answered('GET /ill', 403);
    const before = changes();
    for (let index = 0; index < 5; index += 1) {
      health.answered('GET /well', 200);
      health.answered('GET /ill', 403);
    }
    expect(changes()).toBe(before);
    health.answered('GET /ill', 200);
    expect(health.current().status).toBe('UP');
  });

  it('shows the gravest of several troubles', () => {
    const { health } = rig();
    health.answered('GET /a', 403);
    health.answered('GET /b', 401);
    health.answered('GET /c', 429);
    expect(health.current().message).toContain('credentials');
    health.answered('GET /b', 200);
    expect(health.current().message).toContain('overloaded');
  });

  it('shows why a backend refuses everything, not that it does so with errors', () => {
    const { health } = rig();
    health.answered('POST /search', 500);
    health.notice('It is switched off.');
    health.answered('POST /search', 500);
    health.answered('GET /stats', 503);
    expect(health.current()).toMatchObject({ status: 'DEGRADED', code: 'REFUSED', message: 'It is switched off.' });
    health.understood('listJobs', new VigilError('BACKEND_UNAVAILABLE', 'strange'));
    expect(health.current()).toMatchObject({ code: 'BACKEND_UNAVAILABLE', message: 'strange' });
    health.answered('GET /stats', 401);
    expect(health.current()).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('has one trouble when reads are refused for what is known already', () => {
    const { health, changes, at } = rig();
    health.answered('GET /', 200);
    health.notice('It has no plugin.');
    const { since } = health.current();
    const before = changes();
    at(9_000);
    health.understood('listJobs', new VigilError('BACKEND_UNAVAILABLE', 'It has no plugin.'));
    expect(health.current()).toMatchObject({ since, code: 'REFUSED', message: 'It has no plugin.' });
    expect(changes()).toBe(before);
  });

  it('tells of one outage once, not again with every second that is left to wait', () => {
    const { health, changes } = rig();
    const blocked = (seconds: number) =>
      new VigilError('BACKEND_UNAVAILABLE', `refused It has failed 5 times in a row and is left alone for ${seconds} s.`, {
        retryAfterMs: seconds * 1_000,
      });
    for (let index = 0; index < 3; index += 1) health.failed(down);
    const before = changes();
    for (const seconds of [5, 4, 3]) {
      health.failed(blocked(seconds));
      expect(health.current()).toMatchObject({ status: 'DOWN', message: 'refused', retryAfterMs: seconds * 1_000 });
    }
    health.failed(down);
    expect(changes()).toBe(before);
    health.failed(new VigilError('BACKEND_UNAVAILABLE', 'was not found'));
    expect(health.current().message).toBe('was not found');
    expect(changes()).toBe(before + 1);
  });

  it('forgets a trouble that has not been met again for long and over many answers', () => {
    const { health, at } = rig();
    health.answered('GET /once', 500);
    at(60_200);
    health.answered('GET /a', 200);
    expect(health.current().status).toBe('DEGRADED');
    for (let index = 0; index < 20; index += 1) health.answered('GET /a', 200);
    expect(health.current().status).toBe('UP');
  });

  it('is degraded by a failure, down after three in a row, and up again after an answer', () => {
    const { health } = rig();
    health.answered('GET /a', 200);
    health.failed(down);
    expect(health.current()).toMatchObject({ status: 'DEGRADED', code: 'BACKEND_UNAVAILABLE', retryAfterMs: 5 });
    health.failed(down);
    health.failed(down);
    expect(health.current()).toMatchObject({ status: 'DOWN', lastAnswerAt: 100 });
    health.answered('GET /a', 200);
    expect(health.current()).toMatchObject({ status: 'UP', message: null, retryAfterMs: null });
  });

  it('is down at once when it has never answered', () => {
    const { health } = rig();
    health.failed(down);
    expect(health.current().status).toBe('DOWN');
  });

  it('is degraded while its answers make no sense, by member', () => {
    const { health } = rig();
    health.answered('GET /a', 200);
    health.understood('listJobs', new VigilError('BACKEND_UNAVAILABLE', 'not this product'));
    health.answered('GET /a', 200);
    health.understood('discoverTasks', null);
    expect(health.current()).toMatchObject({ status: 'DEGRADED', message: 'not this product' });
    health.understood('listJobs', null);
    expect(health.current().status).toBe('UP');
  });
});
