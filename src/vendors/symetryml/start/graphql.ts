import { Field, Float, InputType, Int, SafeIntScalar } from '../../../graphql/kit.js';
import type { AskedAwsInfo } from './asked.js';
import type { DataSourcePredictInput, DataSourceUpdateInput, UpdateInput } from './data.js';
import type { ExploreInput, PcaInput, SvdInput, VifInput } from './exploration.js';
import type { AutoSelectInput, BuildInput, KmeansInput, ReduceInput, SelectModelInput, Validation } from './models.js';
import type { ColumnInput, MlContext, Parameter, RowInput, TableInput } from './request.js';

/* What each kind of job takes. */

const text = (description: string) => Field(() => String, { description });
const maybeText = (description: string) => Field(() => String, { nullable: true, description });
const maybeTexts = (description: string) => Field(() => [String], { nullable: true, description });
const maybeInt = (description: string) => Field(() => Int, { nullable: true, description });
const maybeInts = (description: string) => Field(() => [Int], { nullable: true, description });
const maybeNumber = (description: string) => Field(() => Float, { nullable: true, description });
const maybeFlag = (description: string) => Field(() => Boolean, { nullable: true, description });

const project = () => text("The vendor's id of the project. Letters, digits, dots, dashes and underscores, as in all ids.");
const newModel = () => text("The vendor's id for the model that is made.");
const algorithm = () => text("The vendor's id of the algorithm: `lda`, `hba`.");
const errorHandling = () => maybeInt("The vendor's number for what to do with rows it cannot read. Absent or null: the vendor's default.");

@InputType('SymetryParameterInput', { description: 'A parameter of an algorithm.' })
class ParameterInputType implements Parameter {
  @text("The vendor's name of it: `rnd_seed`.")
  name!: string;

  @text('Its value, as text.')
  value!: string;
}

@InputType('SymetryContextInput', {
  description:
    'Which attributes of a project to work with, by index, by name, or both; which of them an algorithm needs is its own matter.',
})
class ContextInputType implements MlContext {
  @maybeInts('Indexes of what is to be predicted, from 0. Absent or null: none.')
  targets?: number[] | null;

  @maybeTexts('Names of what is to be predicted. Absent or null: none.')
  targetNames?: string[] | null;

  @maybeInts('Indexes of what it is predicted from, from 0. Absent or null: none.')
  inputs?: number[] | null;

  @maybeTexts('Names of what it is predicted from. Absent or null: none.')
  inputNames?: string[] | null;

  @Field(() => [ParameterInputType], {
    nullable: true,
    description: 'Parameters of the algorithm; of one that is named twice the last counts. Absent or null: none.',
  })
  parameters?: ParameterInputType[] | null;
}

const context = () => Field(() => ContextInputType, { description: 'Which attributes to work with.' });

@InputType('SymetryColumnInput', { description: 'A column of a table.' })
class ColumnInputType implements ColumnInput {
  @text('Its name.')
  name!: string;

  @text('One letter: C continuous, B binary, S text, L list, T category, X ignored.')
  type!: string;
}

@InputType('SymetryRowInput', { description: 'A row of a table.' })
class RowInputType implements RowInput {
  @Field(() => [String], { nullable: 'items', description: 'As text, one for every column, in their order; null for an empty cell.' })
  cells!: (string | null)[];
}

@InputType('SymetryTableInput', { description: 'A table.' })
class TableInputType implements TableInput {
  @Field(() => [ColumnInputType], { description: 'Its columns, at least one.' })
  columns!: ColumnInputType[];

  @Field(() => [RowInputType], { description: 'Its rows.' })
  rows!: RowInputType[];

  @errorHandling()
  errorHandling?: number | null;
}

@InputType('SymetryValidationInput', { description: 'What a model is judged by: data the project has not learnt. One of the two.' })
class ValidationInputType implements Validation {
  @maybeText("The vendor's id of a data source. Absent or null: the `table` it is.")
  dataSource?: string | null;

  @Field(() => TableInputType, { nullable: true, description: 'The data itself. Absent or null: the `dataSource` it is.' })
  table?: TableInputType | null;
}

const validation = () => Field(() => ValidationInputType, { description: 'What the model is judged by.' });

/** Of every job that makes a model by a named algorithm. No type of the schema by itself. */
@InputType('SymetryAlgorithmInput')
abstract class AlgorithmInput {
  @project()
  project!: string;

  @newModel()
  model!: string;

  @algorithm()
  algorithm!: string;

  @context()
  context!: ContextInputType;
}

@InputType('SymetryBuildInput', { description: 'Builds a model.' })
export class BuildInputType extends AlgorithmInput implements BuildInput {
  @maybeFlag("Whether to pick features by singular value decomposition first. Absent or null: the vendor's default.")
  svdReduce?: boolean | null;
}

@InputType('SymetryReduceInput', { description: 'Builds a model of the best attributes.' })
export class ReduceInputType extends AlgorithmInput implements ReduceInput {
  @maybeNumber("Least difference by which one model is better than another. Absent or null: the vendor's default.")
  delta?: number | null;

  @maybeInt("How often it tries. Absent or null: the vendor's default.")
  iterations?: number | null;
}

@InputType('SymetryKmeansOptimizeInput', { description: 'Tries numbers of clusters. SymetryML 6.0 and later.' })
export class KmeansOptimizeInputType implements KmeansInput {
  @project()
  project!: string;

  @context()
  context!: ContextInputType;

  @maybeInt("Fewest clusters to try. Absent or null: the vendor's default.")
  minClusters?: number | null;

  @maybeInt("Most clusters to try. Absent or null: the vendor's default.")
  maxClusters?: number | null;

  @maybeInt("Most iterations for each. Absent or null: the vendor's default.")
  maxIterations?: number | null;

  @Field(() => SafeIntScalar, { nullable: true, description: "Where its random numbers begin. Absent or null: the vendor's default." })
  seed?: number | null;
}

@InputType('SymetrySelectModelInput', { description: 'Finds the best features for an algorithm. SymetryML 6.0 and later.' })
export class SelectModelInputType extends AlgorithmInput implements SelectModelInput {
  @validation()
  validation!: ValidationInputType;
}

@InputType('SymetryAutoSelectInput', { description: 'Finds the best model for a task. SymetryML 6.0 and later.' })
export class AutoSelectInputType implements AutoSelectInput {
  @project()
  project!: string;

  @newModel()
  model!: string;

  @text(
    "The vendor's word for the task: `regression`, `multiclass_classifier`, `binary_classifier`; for the last its documents also have `binary_classification`.",
  )
  task!: string;

  @context()
  context!: ContextInputType;

  @validation()
  validation!: ValidationInputType;
}

@InputType('SymetryExploreInput', { description: 'Computes metrics of attributes. SymetryML 6.0 and later.' })
export class ExploreInputType implements ExploreInput {
  @project()
  project!: string;

  @text("The vendor's word for the metric: `uni`, `bi`, `chi2`, `anova` and others.")
  metric!: string;

  @Field(() => [ContextInputType], { description: 'Which attributes; one for each metric that is computed.' })
  contexts!: ContextInputType[];

  @maybeFlag('Whether the result tells the state of the project too. Absent or null: it does.')
  withProjectInfo?: boolean | null;
}

@InputType('SymetryExplorePcaInput', { description: 'Computes principal components.' })
export class ExplorePcaInputType implements PcaInput {
  @project()
  project!: string;

  @context()
  context!: ContextInputType;

  @maybeNumber('How much of the covariance the vectors have to explain, 0 to 1; never more than 100 vectors. Absent or null: 1.')
  explainedCovariance?: number | null;
}

@InputType('SymetryExploreSvdInput', { description: 'Finds which attributes are singular.' })
export class ExploreSvdInputType implements SvdInput {
  @project()
  project!: string;

  @context()
  context!: ContextInputType;

  @maybeFlag('Whether to pick the attributes that are not singular instead. Absent or null: no.')
  selectFeatures?: boolean | null;
}

@InputType('SymetryExploreVifInput', { description: 'Computes variance inflation factors. SymetryML 6.0 and later.' })
export class ExploreVifInputType implements VifInput {
  @project()
  project!: string;

  @context()
  context!: ContextInputType;
}

@InputType('SymetryUpdateInput', { description: 'Learns rows, or forgets them.' })
export class UpdateInputType implements UpdateInput {
  @project()
  project!: string;

  @Field(() => TableInputType, { description: 'The rows.' })
  table!: TableInputType;

  @maybeFlag('Whether to forget what was learnt from these rows instead. Absent or null: no.')
  forget?: boolean | null;
}

@InputType('SymetryDataSourceUpdateInput', { description: 'Learns a whole data source, or forgets it.' })
export class DataSourceUpdateInputType implements DataSourceUpdateInput {
  @project()
  project!: string;

  @text("The vendor's id of the data source.")
  dataSource!: string;

  @Field(() => [ColumnInputType], { description: 'Columns of the data source, at least one.' })
  columns!: ColumnInputType[];

  @errorHandling()
  errorHandling?: number | null;

  @maybeFlag('Whether to forget what was learnt from it instead. Absent or null: no.')
  forget?: boolean | null;
}

@InputType('SymetryDataSourcePredictInput', {
  description: 'Predicts for a whole data source. Its result is a sample of at most 128 rows; all are in the output.',
})
export class DataSourcePredictInputType implements DataSourcePredictInput {
  @project()
  project!: string;

  @text("The vendor's id of the model.")
  model!: string;

  @text("The vendor's id of the data source to predict for.")
  input!: string;

  @text("The vendor's id of the data source that takes the predictions.")
  output!: string;

  @Field(() => [ColumnInputType], { description: 'Columns of the input, at least one.' })
  columns!: ColumnInputType[];

  @maybeFlag("Whether to fill in missing values. Absent or null: the vendor's default.")
  impute?: boolean | null;
}

@InputType('SymetryAwsInfoInput', {
  description: 'Lists the topics and queues a federation has at AWS. The credentials go to SymetryML encrypted and are kept nowhere.',
})
export class AwsInfoInputType implements AskedAwsInfo {
  @project()
  project!: string;

  @text('Id of an AWS access key.')
  accessKey!: string;

  @text('The secret of that key. Send it as a variable: documents are cached.')
  secretKey!: string;

  @maybeText("Of this region alone, by AWS's name. Absent or null: of all regions.")
  region?: string | null;
}
