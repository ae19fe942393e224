/** A column of a project. */
export interface Attribute {
  readonly name: string;
  /** C continuous, B binary, S string, L list, T category, X ignored. */
  readonly type: string;
  readonly mean: number;
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
  /** Never had a value: statistics of it are no numbers. */
  readonly empty: boolean;
}

/** What a customer learns data into and builds models from. */
export interface Project {
  readonly id: string;
  readonly owner: string;
  readonly type: string;
  readonly createdAt: number;
  readonly encoderName: string | undefined;
  readonly partitionColumn: string | undefined;
  attributes: readonly Attribute[];
  models: readonly { readonly id: string; readonly algorithm: string }[];
  dataSources: readonly string[];
  rows: number;
  changedAt: number;
}

/** Projects by owner and id. */
export interface Projects {
  find(owner: string, id: string): Project | undefined;
  of(owner: string): readonly Project[];
  put(project: Project): void;
  remove(owner: string, id: string): boolean;
}

const binary = (name: string, mean: number): Attribute => ({ name, type: 'B', mean, deviation: 0.5, least: 0, most: 1, empty: false });
const continuous = (name: string, mean: number, deviation: number, least: number, most: number): Attribute => ({
  name,
  type: 'C',
  mean,
  deviation,
  least,
  most,
  empty: false,
});

/** A column nothing is known of. */
export const emptyAttribute = (name: string, type: string): Attribute => ({
  name,
  type,
  mean: Number.NaN,
  deviation: Number.NaN,
  least: Number.POSITIVE_INFINITY,
  most: Number.NEGATIVE_INFINITY,
  empty: true,
});

/** Fisher's irises, as all samples of the vendor have them, and one column without a value. */
const irisAttributes: readonly Attribute[] = [
  continuous('sepal_length', 5.843333333333334, 0.8253012917851398, 4.3, 7.9),
  continuous('sepal_width', 3.0573333333333337, 0.4344109677354945, 2, 4.4),
  continuous('petal_length', 3.758, 1.759404065775303, 1, 6.9),
  continuous('petal_width', 1.1993333333333336, 0.7596926279021594, 0.1, 2.5),
  binary('sepal_lengt_b1', 0.5533333333333333),
  binary('sepal_lengt_b2', 0.4466666666666667),
  binary('sepal_width_b1', 0.38),
  binary('sepal_width_b2', 0.62),
  binary('petal_length_b1', 0.4066666666666667),
  binary('petal_length_b2', 0.5933333333333334),
  binary('petal_width_b1', 0.3333333333333333),
  binary('petal_width_b2', 0.6666666666666666),
  binary('Iris_setosa', 0.3333333333333333),
  binary('Iris_versicolor', 0.3333333333333333),
  binary('Iris_virginica', 0.3333333333333333),
  emptyAttribute('petal_ratio', 'C'),
];

const keyOf = (owner: string, id: string) => JSON.stringify([owner, id]);

/** A store without projects. */
export function createProjects(): Projects {
  const projects = new Map<string, Project>();
  return {
    find: (owner, id) => projects.get(keyOf(owner, id)),
    of: (owner) => [...projects.values()].filter((project) => project.owner === owner),
    put: (project) => void projects.set(keyOf(project.owner, project.id), project),
    remove: (owner, id) => projects.delete(keyOf(owner, id)),
  };
}

/** A project of irises, or of whatever it is given. */
export const newProject = (owner: string, id: string, now: number, given: Partial<Project> = {}): Project => ({
  id,
  owner,
  type: 'cpu',
  createdAt: now,
  encoderName: undefined,
  partitionColumn: undefined,
  attributes: irisAttributes,
  models: [],
  dataSources: [],
  rows: 150,
  changedAt: now,
  ...given,
});
