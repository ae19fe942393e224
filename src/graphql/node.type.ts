import 'reflect-metadata';
import { Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType('Node', { description: 'An object that can be fetched again by its id, with `node` or `nodes`.' })
export abstract class NodeInterface {
  @Field(() => ID, {
    description:
      'Global: `kind:backend:native`, never reused for another object. Where the vendor can hand out its own id again, `~` and an incarnation follow.',
  })
  id!: string;
}
