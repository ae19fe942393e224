import 'reflect-metadata';
import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import { MutationErrorInterface } from './mutation-error.type.js';
import type { MutationErrorSource } from './mutation-errors.js';

/* `detector` and `task` are relations: detector-payload.resolver.ts. */

@InterfaceType('DetectorPayload', { description: 'Every verb on one detector answers like this.' })
export abstract class DetectorPayloadInterface {
  @Field(() => [MutationErrorInterface], {
    description:
      'What is known when answering; empty when nothing speaks against it. Later failures are in `task.error`, with the same codes.',
  })
  errors!: readonly MutationErrorSource[];
}

@ObjectType('StartDetectorPayload', {
  implements: DetectorPayloadInterface,
  simpleResolvers: true,
  description: 'Answer of startDetector.',
})
export class StartDetectorPayloadType {}

@ObjectType('StopDetectorPayload', { implements: DetectorPayloadInterface, simpleResolvers: true, description: 'Answer of stopDetector.' })
export class StopDetectorPayloadType {}

@ObjectType('DetectorOutcome', {
  implements: DetectorPayloadInterface,
  simpleResolvers: true,
  description: "One detector's outcome in a bulk verb.",
})
class DetectorOutcomeType {
  @Field(() => ID, { description: 'As given.' })
  detectorId!: string;
}

/** What the answers of both bulk verbs have in common; no type of the schema by itself. */
@ObjectType('DetectorsPayload', { description: 'A bulk verb on detectors answers like this.' })
abstract class DetectorsPayload {
  @Field(() => [DetectorOutcomeType], { description: 'In the order of the input, one for each distinct id.' })
  results!: readonly DetectorOutcomeType[];

  @Field(() => [MutationErrorInterface], { description: 'About the whole request; empty when it was tried.' })
  errors!: readonly MutationErrorSource[];
}

@ObjectType('StartDetectorsPayload', { simpleResolvers: true, description: 'Answer of startDetectors.' })
export class StartDetectorsPayloadType extends DetectorsPayload {}

@ObjectType('StopDetectorsPayload', { simpleResolvers: true, description: 'Answer of stopDetectors.' })
export class StopDetectorsPayloadType extends DetectorsPayload {}
