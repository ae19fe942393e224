import { describe, expect, it } from 'vitest';
import { barText, createProgressBars } from '../../../src/cli/progress-bars.js';
import { createProgressLines } from '../../../src/cli/progress-lines.js';
import type { TaskLine } from '../../../src/cli/task-text.js';
import { aTask } from '../client/samples.js';
import { createCapture } from './run-vigil.js';

const task = (more: Record<string, unknown> = {}, native = '1'): TaskLine => aTask(native, more) as unknown as TaskLine;
const start = Date.parse('2026-01-31T09:05:00.000Z');
const ended = { endedAt: '2026-01-31T09:06:05.000Z' };

describe('the line of a bar', () => {
  it('fills with the progress the vendor reports', () => {
    expect(barText(task({ progress: 0.5, counts: { current: 1500, maximum: 3000, unit: 'DOCUMENTS' } }), start + 2500, 200)).toBe(
      '[============------------] close es-prod/total-requests  RUNNING  50 %  1,500 of 3,000 documents  2.5 s',
    );
  });

  it('moves with the clock where the vendor reports none, and tells counts and time instead', () => {
    const at = (ms: number) => barText(task({ counts: { current: 7, maximum: null, unit: null } }), start + ms, 200);
    expect(at(0)).toMatch(/^\[[-=]{24}\] close es-prod\/total-requests {2}RUNNING {2}7 {2}0\.0 s$/);
    const pictures = new Set(Array.from({ length: 38 }, (_, step) => at(step * 80).slice(0, 26)));
    expect(pictures.size).toBe(20);
    for (const picture of pictures) expect(picture).toMatch(/^\[-*={5}-*\]$/);
  });

  it.each([
    ['SUCCEEDED', { ...ended }, '[========================] close es-prod/total-requests  SUCCEEDED in 1 min 5 s'],
    [
      'FAILED',
      { ...ended, progress: 0.25, error: { code: 'REFUSED', message: 'No.' } },
      '[======------------------] close es-prod/total-requests  FAILED after 1 min 5 s: REFUSED, No.',
    ],
    ['LOST', {}, '[------------------------] close es-prod/total-requests  LOST'],
  ])('stands still when the task is %s', (state, more, text) => {
    expect(barText(task({ state, ...more }), start, 200)).toBe(text);
    expect(barText(task({ state, ...more }), start + 999, 200)).toBe(text);
  });

  it('stays within its width and in its line', () => {
    const text = barText(task({ state: 'FAILED', error: { code: 'REFUSED', message: 'a\nb'.repeat(100) } }), start, 60);
    expect(text).toHaveLength(60);
    expect(text).not.toContain('\n');
  });

  it.each([[-0.2], [1.7]])('holds a progress of %f within the bar', (progress) => {
    expect(barText(task({ progress }), start, 200)).toMatch(/^\[[-=]{24}\]/);
  });
});

describe('bars on a terminal', () => {
  const columns = 100;

  it('are no more than the rows there are; the next one appears when one is settled', async () => {
    const capture = createCapture({ columns, rows: 4 });
    const bars = createProgressBars(capture.output);
    for (const native of ['a', 'b', 'c']) bars.show(task({ job: { nativeId: `job-${native}` } }, native));
    expect(capture.text()).not.toContain('job-c');
    bars.settle(task({ job: { nativeId: 'job-a' }, state: 'SUCCEEDED' }, 'a'));
    await capture.until(/job-a {2}SUCCEEDED/);
    await capture.until(/job-c/);
    bars.dispose();
  });

  it('give the terminal back at the end, and a second end does nothing', () => {
    const capture = createCapture({ columns, rows: 20 });
    const bars = createProgressBars(capture.output);
    bars.show(task());
    bars.show(task({ progress: 0.75 }));
    bars.dispose();
    const text = capture.text();
    expect(text).toContain('75 %');
    expect(text.endsWith('\n')).toBe(true);
    expect(text).toContain('\u001b[?25h');
    bars.dispose();
    expect(capture.text()).toBe(text);
  });

  it('leave signals to the process', () => {
    const before = process.listenerCount('SIGINT');
    const bars = createProgressBars(createCapture({ columns, rows: 20 }).output);
    bars.show(task());
    expect(process.listenerCount('SIGINT')).toBe(before);
    bars.dispose();
  });
});

describe('progress where there is no terminal', () => {
  it('is a line for every change, none for what only the clock changes', () => {
    const capture = createCapture();
    const view = createProgressLines(capture.output);
    view.show(task({ progress: 0.5 }));
    view.show(task({ progress: 0.5, updatedAt: '2026-01-31T09:05:01.000Z' }));
    view.show(task({ progress: 0.51 }));
    view.settle(task({ state: 'SUCCEEDED' }));
    view.dispose();
    expect(capture.lines().map((line) => line.split('  ').slice(1).join(' '))).toEqual(['RUNNING 50 %', 'RUNNING 51 %', 'SUCCEEDED']);
  });

  it("tells the vendor's own word where it says more", () => {
    const capture = createCapture();
    const view = createProgressLines(capture.output);
    view.show(task({ vendorState: 'reindexing' }));
    view.show(task({ vendorState: 'running' }, '2'));
    expect(capture.lines()).toEqual(['close es-prod/total-requests  RUNNING  (reindexing)', 'close es-prod/total-requests  RUNNING']);
  });
});
