import { deleteOnMaster } from './delete.js';
import { Failure } from './failures.js';
import { singleJobId } from './naming.js';
import { onMaster } from './on-master.js';
import { resetOnMaster } from './reset.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import { seconds } from './time-value.js';

function readTimeouts(call: Call): void {
  call.params.time('timeout', seconds(30));
  call.params.time('master_timeout', seconds(30));
}

const readAnnotations = (call: Call) => call.world.dialect.deleteUserAnnotations && call.params.flag('delete_user_annotations', false);

function prepareReset(call: Call): Prepared {
  const { world } = call;
  const id = singleJobId(call);
  readTimeouts(call);
  readAnnotations(call);
  return {
    action: 'cluster:admin/xpack/ml/job/reset',
    description: `job-${id}`,
    cancellable: true,
    background: !call.params.flag('wait_for_completion', true),
    run: async (task) => reply({ acknowledged: await onMaster(world, task, (master) => resetOnMaster(world, id, master)) }),
  };
}

function prepareDelete(call: Call): Prepared {
  const { world } = call;
  const id = singleJobId(call);
  const force = call.params.flag('force', false);
  readTimeouts(call);
  readAnnotations(call);
  return {
    action: 'cluster:admin/xpack/ml/job/delete',
    description: `delete-job-${id}`,
    background: !call.params.flag('wait_for_completion', true),
    run: async (task) => {
      await onMaster(world, task, (master) => deleteOnMaster(world, id, force, master));
      return reply({ acknowledged: true });
    },
  };
}

/** Whatever a background verb ended with, as its task keeps it. */
export const outcomeOf = (cause: unknown) =>
  cause instanceof Failure
    ? { failure: cause.failure }
    : { failure: { type: 'exception', reason: cause instanceof Error ? cause.message : String(cause) } };

/** Deleting jobs. */
export const deleteRoutes: readonly Route[] = [{ method: 'DELETE', template: '/_ml/anomaly_detectors/{id}', prepare: prepareDelete }];

/** Resetting jobs, since 7.14. */
export const resetRoutes: readonly Route[] = [{ method: 'POST', template: '/_ml/anomaly_detectors/{id}/_reset', prepare: prepareReset }];
