import { headerOf, idOf, projectPost, type StartRequest, type TableInput, tableOf } from './start-request.js';

/* Jobs that learn, forget and predict: the pages projects and data source of the REST API. */

/** Learns rows, or forgets them. */
export interface UpdateInput {
  readonly project: string;
  readonly table: TableInput;
  /** Takes them out again instead. */
  readonly forget?: boolean;
}

export const updateRequest = ({ project, table, forget }: UpdateInput): StartRequest => {
  const verb = forget === true ? 'forget' : 'learn';
  return projectPost(project, verb, verb, tableOf(table), { async: true });
};

/** Learns a whole data source, or forgets it. */
export interface DataSourceUpdateInput {
  readonly project: string;
  readonly dataSource: string;
  /** Its columns. */
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly errorHandling?: number;
  readonly forget?: boolean;
}

/** With POST and a table without rows, as the sample has it; the description says GET (6.3). */
export const dataSourceUpdateRequest = ({ project, dataSource, forget, ...table }: DataSourceUpdateInput): StartRequest => {
  const verb = forget === true ? 'forget' : 'learn';
  return projectPost(project, `dss/${idOf(dataSource, 'dataSource')}/${verb}`, `dss/{dsname}/${verb}`, tableOf({ ...table, rows: [] }));
};

/** Predicts for a whole data source; the result holds 128 rows at most, all are in the output. */
export interface DataSourcePredictInput {
  readonly project: string;
  readonly model: string;
  readonly input: string;
  readonly output: string;
  readonly names: readonly string[];
  readonly types: readonly string[];
  /** Fills in missing values. Default false. */
  readonly impute?: boolean;
}

export const dataSourcePredictRequest = ({ project, model, input, output, impute, ...columns }: DataSourcePredictInput): StartRequest =>
  projectPost(project, `dss/predict/${idOf(model, 'model')}`, 'dss/predict/{modelid}', headerOf(columns), {
    indsname: idOf(input, 'input'),
    outdsname: idOf(output, 'output'),
    impute,
  });

/** Tells the state of all projects. Starts a job although it is a GET. */
export const projectsInfoRequest = (): StartRequest => ({
  method: 'GET',
  path: '/projects/info',
  route: 'GET /projects/info',
  query: { async: true },
});
