import 'reflect-metadata';
import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql';
import { PageInfoType } from './connection.type.js';
import { NodeInterface } from './node.type.js';
import { AfterArgs } from './paging.args.js';
import { ResultEntity } from './result-entity.type.js';

/* `rows` is a relation: job-result.resolver.ts. */

@ObjectType('DataFrameColumn', { simpleResolvers: true, description: 'A column of a table.' })
class DataFrameColumnType {
  @Field(() => Int, { description: 'From 0.' })
  index!: number;

  @Field(() => String, { description: 'Its name; empty when the vendor sent none.' })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: "The vendor's word. SymetryML: C continuous, B binary, S text, L list, T category, X ignored. Null when not sent.",
  })
  type!: string | null;
}

@ObjectType('DataFrame', {
  implements: [ResultEntity, NodeInterface],
  simpleResolvers: true,
  description: 'A table. Its rows are read page by page, however many there are.',
})
export class DataFrameType extends ResultEntity implements NodeInterface {
  @Field(() => ID, { description: 'Global: that of its result, with its place in it. Fetch it again with `node` to page its rows.' })
  declare id: string;

  @Field(() => [DataFrameColumnType], { description: 'Its columns, in the order of the cells.' })
  columns!: readonly DataFrameColumnType[];

  @Field(() => Int, { description: 'How many rows it has.' })
  rowCount!: number;
}

@ObjectType('DataFrameRow', { simpleResolvers: true, description: 'A row of a table.' })
class DataFrameRowType {
  @Field(() => Int, { description: 'From 0, as sent.' })
  index!: number;

  @Field(() => [String], {
    nullable: 'items',
    description:
      "In the order of `columns`, as text: JSON's numbers cannot carry all of them. Null where the vendor sent null, or the row is shorter than others.",
  })
  cells!: readonly (string | null)[];
}

@ObjectType('DataFrameRowEdge', { simpleResolvers: true, description: 'A row in a page.' })
class DataFrameRowEdgeType {
  @Field(() => String, { description: 'Hand it in as `after` to go on behind this row.' })
  cursor!: string;

  @Field(() => DataFrameRowType, { description: 'The row.' })
  node!: DataFrameRowType;
}

@ObjectType('DataFrameRowConnection', {
  simpleResolvers: true,
  description: 'A page of rows, in the order they were sent. A result does not change: neither do its pages.',
})
export class DataFrameRowConnectionType {
  @Field(() => [DataFrameRowEdgeType], { description: 'The rows with their cursors.' })
  edges!: readonly DataFrameRowEdgeType[];

  @Field(() => [DataFrameRowType], { description: 'The rows without their cursors.' })
  nodes!: readonly DataFrameRowType[];

  @Field(() => PageInfoType, { description: 'Where this page stands.' })
  pageInfo!: PageInfoType;

  @Field(() => Int, { description: 'On all pages together: `rowCount`.' })
  totalCount!: number;
}

/** Most rows of one page of a table: they are read from the store, not from the vendor. */
export const maxRows = 1_000;
export const defaultRows = 100;

@ArgsType()
export class RowPageArgs extends AfterArgs {
  @Field(() => Int, { nullable: true, defaultValue: defaultRows, description: `Rows of the page, 0 to ${maxRows}. Null: ${defaultRows}.` })
  first!: number | null | undefined;

  @Field(() => Int, {
    nullable: true,
    description:
      'Index of the first row wanted, from 0: the way into the middle of a large table. Beyond the last row: an empty page. Absent or null: the first row, or the one behind `after`; INVALID_INPUT together with `after`.',
  })
  from!: number | null | undefined;
}
