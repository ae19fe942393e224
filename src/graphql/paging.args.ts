import 'reflect-metadata';
import { ArgsType, Field, Int } from 'type-graphql';

/* How every list is paged. A default belongs to the argument, so lists at the root and lists below an object have one class each. */

/** What all have in common. */
@ArgsType()
export abstract class AfterArgs {
  @Field(() => String, { nullable: true, description: '`endCursor` of the page before.' })
  after!: string | null | undefined;
}

/** Of a list at the root. */
@ArgsType()
export class RootPageArgs extends AfterArgs {
  @Field(() => Int, { nullable: true, defaultValue: 50, description: 'Rows of the page, 0 to 500. Null: 50.' })
  first!: number | null | undefined;
}

/** Of a list below an object. */
@ArgsType()
export class PageArgs extends AfterArgs {
  @Field(() => Int, { nullable: true, defaultValue: 20, description: 'Rows of the page, 0 to 500. Null: 20.' })
  first!: number | null | undefined;
}
