import { idOfNative } from '../../domain/index.js';
import type { VerbService } from '../hub.js';
import { createCancel } from './cancel.js';
import { createDatafeedVerbs } from './datafeed-verbs.js';
import { createDetectorVerbs } from './detector-verbs.js';
import { createJobVerbs } from './job-verbs.js';
import { createStartJob } from './start-job.js';
import { createVerbFrame, type VerbServiceOptions } from './verb-frame.js';

export const createVerbService = (options: VerbServiceOptions): VerbService => {
  const frame = createVerbFrame(options);
  return {
    runOnJobs: createJobVerbs(options, frame),
    runOnDatafeed: createDatafeedVerbs(options, frame),
    runOnDetectors: createDetectorVerbs(options, frame),
    startJob: createStartJob(options, frame),
    cancelTask: createCancel(options, frame),
    expand: async (backendKey, expression, requestId) => {
      const backend = options.backends.get(backendKey);
      const found = await backend.adapter.expandJobs(expression, backend.call({ signal: new AbortController().signal, requestId }));
      return found.map((native) => idOfNative('job', backend, native));
    },
  };
};
