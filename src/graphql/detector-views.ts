import type { DetectorModel, DetectorProfile, EntityProfile } from '../domain/index.js';
import type { DetectorModelType } from './detector-model.type.js';
import type { DetectorProfileType, EntityProfileType } from './detector-profile.type.js';

/*
 * What is known of detectors in a cluster's memory, as the simple fields of its GraphQL types. These have no global id: `backendKey` says whose they are.
 */

export type DetectorModelView = DetectorModelType & { readonly backendKey: string; readonly source: DetectorModel };
export type DetectorProfileView = DetectorProfileType & { readonly backendKey: string; readonly source: DetectorProfile };
export type EntityProfileView = EntityProfileType & { readonly backendKey: string; readonly source: EntityProfile };

export const viewModel = (model: DetectorModel, backendKey: string): DetectorModelView => ({
  modelId: model.modelId,
  type: model.type,
  sizeBytes: model.sizeBytes,
  entity: model.entity,
  lastUsedAt: model.lastUsedAt,
  lastCheckpointAt: model.lastCheckpointAt,
  backendKey,
  source: model,
});

export const viewProfile = (profile: DetectorProfile, backendKey: string): DetectorProfileView => {
  const { coordinatingNodeId: _node, models: _models, raw, ...facts } = profile;
  return { ...facts, raw: raw ?? null, backendKey, source: profile };
};

export const viewEntityProfile = (profile: EntityProfile, backendKey: string): EntityProfileView => {
  const { model: _model, raw, ...facts } = profile;
  return { ...facts, raw: raw ?? null, backendKey, source: profile };
};
