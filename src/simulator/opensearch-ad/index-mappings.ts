import type { JsonObject } from '../json.js';

const keyword: JsonObject = { type: 'keyword' };
const date: JsonObject = { type: 'date', format: 'strict_date_time||epoch_millis' };
const text: JsonObject = { type: 'text' };
const nameValue: JsonObject = { name: keyword, value: keyword };
const of = (type: string): JsonObject => ({ type });
const textWithKeyword: JsonObject = { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } };

/** Mappings of the plugin's own indices, as far as searches depend on them (AD source, `mappings/*.json`, 2.19). */
export const detectorMappings: JsonObject = {
  properties: {
    name: textWithKeyword,
    description: text,
    time_field: keyword,
    indices: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
    detector_type: keyword,
    category_field: keyword,
    last_update_time: date,
    schema_version: of('integer'),
    shingle_size: of('integer'),
    result_index: keyword,
    feature_attributes: {
      type: 'nested',
      properties: { feature_id: { type: 'keyword' }, feature_name: textWithKeyword, feature_enabled: { type: 'boolean' } },
    },
  },
};

export const stateMappings: JsonObject = {
  properties: {
    detector_id: keyword,
    task_type: keyword,
    state: keyword,
    is_latest: of('boolean'),
    task_progress: of('float'),
    init_progress: of('float'),
    estimated_minutes_left: of('integer'),
    current_piece: date,
    execution_start_time: date,
    execution_end_time: date,
    last_update_time: date,
    error: text,
    started_by: keyword,
    stopped_by: keyword,
    coordinating_node: keyword,
    worker_node: keyword,
    checkpoint_id: keyword,
    parent_task_id: keyword,
    entity: { type: 'nested', properties: nameValue },
    detection_date_range: { properties: { start_time: date, end_time: date } },
    detector: of('object'),
  },
};

export const resultMappings: JsonObject = {
  properties: {
    detector_id: keyword,
    task_id: keyword,
    model_id: keyword,
    schema_version: of('integer'),
    is_anomaly: of('boolean'),
    anomaly_score: of('double'),
    anomaly_grade: of('double'),
    confidence: of('double'),
    threshold: of('double'),
    data_start_time: date,
    data_end_time: date,
    execution_start_time: date,
    execution_end_time: date,
    approx_anomaly_start_time: date,
    error: text,
    entity: { type: 'nested', properties: nameValue },
    feature_data: { type: 'nested', properties: { feature_id: keyword, feature_name: keyword, data: { type: 'double' } } },
  },
};

export const jobMappings: JsonObject = {
  properties: { name: keyword, enabled: of('boolean'), enabled_time: date, disabled_time: date, last_update_time: date, type: keyword },
};
