import { print } from 'graphql';
import { it } from 'vitest';
import * as ops from '../../../src/client/index.js';
import { createGatewayRig, eventually } from '../../support/gateway-rig.js';
const scan = (label: string, root: unknown) => {
  const seen = new Map<string, any>();
  const walk = (v: any, path: string) => {
    if (Array.isArray(v)) return v.forEach((e, i) => walk(e, `${path}[${i}]`));
    if (!v || typeof v !== 'object') return;
    if (v.id && v.revision) {
      const k = seen.get(v.id);
      if (k && k.v.revision !== v.revision) console.log('CONFLICT', label, v.id, k.path, k.v.revision, k.v.state, path, v.revision, v.state);
      else seen.set(v.id, { v, path });
    }
    for (const [key, each] of Object.entries(v)) walk(each, `${path}.${key}`);
  };
  walk(root, '');
};
it('x', async () => {
  const rig = await createGatewayRig({ backends: [{ id: 'es', speed: 2 }] });
  const w = rig.subscribe<any>(print(ops.JobListLiveDocument));
  const t = rig.subscribe<any>(print(ops.TaskListLiveDocument));
  await w.next();await t.next();
  const d = await rig.ask<any>('{ jobs { nodes { id nativeId } } }');
  const id = d.jobs.nodes.find((j: any) => j.nativeId === 'nginx-request-rate').id;
  const end = async (task: any) => { for (let i=0;i<400;i++) { const r = await rig.ask<any>(print(ops.TaskListDocument)); scan('TaskList', r); scan('JobList', await rig.ask<any>(print(ops.JobListDocument)));scan('JobDetail', await rig.ask<any>(print(ops.JobDetailDocument),{id})); const x = r.tasks.edges.find((e: any) => e.node.id === task.id); if (x?.node.endedAt) return; } };
  for (const [name, doc] of [['closeJob', ops.CloseJobDocument], ['resetJob', ops.ResetJobDocument],['deleteJob', ops.DeleteJobDocument]] as const) {
    const r = await rig.ask<any>(print(doc as any), { input: { jobId: id } });
    scan(name, r);
    await end(r[name].task);
  }
  w.seen.forEach((m, i) => scan('jobsChanged ' + i, m)); t.seen.forEach((m, i) => scan('tasksProgress ' + i, m));
  w.stop(); t.stop();
  await rig.dispose();
}, 60000);
