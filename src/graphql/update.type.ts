import 'reflect-metadata';
import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';

/* The objects in an update are relations: update.resolver.ts. */

@InterfaceType('ListUpdate', {
  description: [
    'One step of a watched list. Apply in this order, always the same way: `reset` → empty your list; then `left` and `forgotten` out, `added` in, `changed` is',
    'updated by the cache itself. Show it when `synced`. The snapshot is nothing special: a message with `reset`, then `added` in parts.',
  ].join('\n'),
})
export abstract class ListUpdateInterface {
  @Field(() => String, {
    description: "Where to resume; also in the frame's extensions.vigil.cursor, which the transport sends back by itself.",
  })
  cursor!: string;

  @Field(() => Boolean, {
    description: 'First message without `after`, or the cursor is unknown or too old: forget what this subscription told you.',
  })
  reset!: boolean;

  @Field(() => Boolean, {
    description: 'False while more parts of the same step are to come: of a snapshot, or of much that happened at once.',
  })
  synced!: boolean;

  @Field(() => [ID], { description: 'No longer exists for the gateway: evict. Never used for what merely stopped matching.' })
  forgotten!: readonly string[];
}

@ObjectType('TasksUpdate', { implements: ListUpdateInterface, simpleResolvers: true, description: 'One step of a watched list of tasks.' })
export class TasksUpdateType {}

@ObjectType('JobsUpdate', { implements: ListUpdateInterface, simpleResolvers: true, description: 'One step of a watched list of jobs.' })
export class JobsUpdateType {}

@ObjectType('DetectorsUpdate', {
  implements: ListUpdateInterface,
  simpleResolvers: true,
  description: 'One step of a watched list of detectors.',
})
export class DetectorsUpdateType {}

@ObjectType('NodeStatsUpdate', {
  implements: ListUpdateInterface,
  simpleResolvers: true,
  description: "One step of a cluster's nodes. They never leave the list but by being forgotten.",
})
export class NodeStatsUpdateType {}

@ObjectType('BackendsUpdate', {
  implements: ListUpdateInterface,
  simpleResolvers: true,
  description: 'Backends whose health changed; all of them first.',
})
export class BackendsUpdateType {}

@ObjectType('TaskUpdate', {
  simpleResolvers: true,
  description:
    "One step of one task. The stream completes after a final state. A step is also sent when the task's backend stops or starts answering.",
})
export class TaskUpdateType {
  @Field(() => String, {
    description: "Where to resume; also in the frame's extensions.vigil.cursor, which the transport sends back by itself.",
  })
  cursor!: string;
}
