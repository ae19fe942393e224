import { type ColumnInput, headerOf, idOf, projectPost, type StartRequest, type TableInput, tableOf } from './request.js';

/* Jobs that learn, forget and predict: the pages projects and data source of the REST API. */

/** Learns rows, or forgets them. */
export interface UpdateInput {
  readonly project: string;
  readonly table: TableInput;
  /** Takes them out again instead. */
  readonly forget?: boolean | null;
}

export const updateRequest = ({ project, table, forget }: UpdateInput): StartRequest => {
  const verb = forget === true ? 'forget' : 'learn';
  return projectPost(project, verb, verb, tableOf(table), { async: true });
};

/** Learns a whole data source, or forgets it. */
export interface DataSourceUpdateInput {
  readonly project: string;
  readonly dataSource: string;
  /** Its own. */
  readonly columns: readonly ColumnInput[];
  readonly errorHandling?: number | null;
  readonly forget?: boolean | null;
}

/** With POST and a table without rows, as the sample has it; the description says GET (6.3). */
export const dataSourceUpdateRequest = ({ project, dataSource, forget, columns, errorHandling }: DataSourceUpdateInput): StartRequest => {
  const verb = forget === true ? 'forget' : 'learn';
  const path = `dss/${idOf(dataSource, 'dataSource')}/${verb}`;
  return projectPost(project, path, `dss/{dsname}/${verb}`, tableOf({ columns, rows: [], errorHandling: errorHandling ?? null }, []));
};

/** Predicts for a whole data source; the result holds 128 rows at most, all are in the output. */
export interface DataSourcePredictInput {
  readonly project: string;
  readonly model: string;
  readonly input: string;
  readonly output: string;
  /** Of the input. */
  readonly columns: readonly ColumnInput[];
  /** Fills in missing values. Default false. */
  readonly impute?: boolean | null;
}

export const dataSourcePredictRequest = ({ project, model, input, output, impute, columns }: DataSourcePredictInput): StartRequest =>
  projectPost(project, `dss/predict/${idOf(model, 'model')}`, 'dss/predict/{modelid}', headerOf(columns), {
    indsname: idOf(input, 'input'),
    outdsname: idOf(output, 'output'),
    impute: impute ?? undefined,
  });

/** Tells the state of all projects. Starts a job although it is a GET. */
export const projectsInfoRequest = (): StartRequest => ({
  method: 'GET',
  path: '/projects/info',
  route: 'GET /projects/info',
  query: { async: true },
});
