import type { Vendors } from './vendors.js';

/** What really became of things, by the simulators that did them. */
export interface Truth {
  /** How the vendor's task ended; undefined while it has not. */
  ofReset(nativeId: string): string | undefined;
  ofAnalysis(nativeId: string): string | undefined;
  /** Resets of that job that ran, ended ones too. */
  resetsOf(job: string): number;
  /** Analyses of that detector. */
  analysesOf(detector: string): number;
  isClosed(job: string): boolean;
}

interface TaskOfElasticsearch {
  readonly node: string;
  readonly id: number;
  readonly action: string;
  readonly description?: string;
  readonly parent_task_id?: string;
}
interface StateOfElasticsearch {
  readonly jobs: readonly { readonly id: string; readonly state: string }[];
  readonly tasks: {
    readonly running: readonly TaskOfElasticsearch[];
    readonly stored: readonly { readonly task: TaskOfElasticsearch; readonly response?: unknown; readonly error?: unknown }[];
  };
}
interface StateOfOpenSearch {
  readonly tasks: readonly { readonly id: string; readonly detector_id: string; readonly task_type: string; readonly state: string }[];
}

const endsOfAnalyses: Readonly<Record<string, string>> = { FINISHED: 'SUCCEEDED', FAILED: 'FAILED', STOPPED: 'CANCELLED' };

export const truthOf = async (vendors: Vendors): Promise<Truth> => {
  const [es, os] = await Promise.all([
    vendors.ask<StateOfElasticsearch>('es', 'GET', '/_simulator/state'),
    vendors.ask<StateOfOpenSearch>('os', 'GET', '/_simulator/state'),
  ]);
  const { running, stored } = es.tasks;
  const resets = [...running, ...stored.map(({ task }) => task)].filter(
    ({ action, parent_task_id }) => action.includes('job/reset') && parent_task_id === undefined,
  );
  const analyses = os.tasks.filter((task) => task.task_type.startsWith('HISTORICAL'));
  return {
    ofReset: (nativeId) => {
      const end = stored.find(({ task }) => `${task.node}:${task.id}` === nativeId);
      if (!end) return undefined;
      return end.error === undefined ? 'SUCCEEDED' : 'FAILED';
    },
    ofAnalysis: (nativeId) => endsOfAnalyses[analyses.find(({ id }) => id === nativeId)?.state ?? ''],
    resetsOf: (job) => resets.filter(({ description }) => description === `job-${job}`).length,
    analysesOf: (detector) => analyses.filter(({ detector_id }) => detector_id === detector).length,
    isClosed: (job) => es.jobs.some(({ id, state }) => id === job && state === 'closed'),
  };
};
