import { addJob, finishJob, startWaiting } from './job-lifecycle.js';
import { newProject } from './projects.js';
import type { World } from './world.js';

const day = 86_400_000;

/** A few projects of the first customer, two running jobs, one that waits for a place, and one that ended and nobody has read. */
export function plantSeeds(world: World): void {
  const [owner] = world.customers.keys();
  if (owner === undefined) return;
  const now = world.timers.now();
  const models = [
    { id: 'testLDA', algorithm: 'lda' },
    { id: 'svmModel', algorithm: 'lsvm' },
  ];
  const changes = { changedAt: now - day, models, dataSources: ['Iris_rtlm.csv'] };
  world.projects.put(newProject(owner, 'irisTest', now - 30 * day, changes));
  world.projects.put(
    newProject(owner, 'irisMeta', now - 12 * day, { type: 'partition', partitionColumn: 'class', encoderName: 'enctest' }),
  );
  world.projects.put(newProject(owner, 'sensorStream', now - 3 * day, { type: 'fusion', rows: 250_000 }));
  world.projects.put(newProject(owner, 'anotherProject', now - day, { attributes: [], rows: 0 }));

  const input = { projectId: 'irisTest', query: {}, body: undefined };
  const details = { pid: 'irisTest' };
  finishJob(world, addJob(world, { kind: 'pca', owner, input, details }));
  addJob(world, {
    kind: 'dsUpdate',
    owner,
    input: { ...input, projectId: 'sensorStream', dataSource: 'Iris_rtlm_1mil.csv' },
    details: { pid: 'sensorStream', dsname: 'Iris_rtlm_1mil.csv' },
    durationMs: 180_000,
    maximum: 47_124_480,
  });
  addJob(world, {
    kind: 'reduce',
    owner,
    input: { ...input, modelId: 'ldaReduced', query: { algo: 'lda' } },
    details: { ...details, modelid: 'ldaReduced' },
    durationMs: 60_000,
    maximum: 50,
  });
  addJob(world, { kind: 'kmeans', owner, input, details });
  startWaiting(world);
}
