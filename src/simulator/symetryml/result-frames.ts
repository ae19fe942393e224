import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { Project } from './projects.js';

/** A prediction hands over a sample; the whole goes to the data source it was told (Data Source API, 6.3). */
const sampleRows = 128;

const textsIn = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map((one: Json) => String(one)) : []);

/** A number that looks like one of the column, the same for the same row. */
function cell(project: Project, name: string, row: number): string {
  const attribute = project.attributes.find((one) => one.name === name);
  if (attribute === undefined || attribute.empty) return '';
  if (attribute.type === 'B') return String((row * 7 + name.length) % 3 === 0 ? 1 : 0);
  return String(Math.round((attribute.mean + attribute.deviation * Math.sin(row * 12.9898 + name.length)) * 10) / 10);
}

/** Rows a project with so many gives a sample of. */
const sampled = (project: Project) => Array.from({ length: Math.min(sampleRows, Math.max(1, project.rows)) }, (_row, row) => row);

/** Score, class and probability before the columns of the file; without types, as in the sample. */
export function predictionSample(project: Project, body: Json | undefined): JsonObject {
  const asked = isJsonObject(body) ? textsIn(body.attributeNames) : [];
  const names = asked.length > 0 ? asked : project.attributes.map(({ name }) => name);
  const data = sampled(project).map((row) => {
    const score = -0.4559922893809558 - 2.2 * Math.abs(Math.sin(row));
    return [String(score), score > -2 ? '1' : '0', String(1 / (1 + Math.exp(-score))), ...names.map((name) => cell(project, name, row))];
  });
  return { attributeNames: ['resZ_Result', 'res_Result', 'normZ_Result', ...names], data };
}

/** Prediction of a data frame with the quantiles of extreme value theory; which endpoint starts it is not documented. */
export function predictionFrame(project: Project): JsonObject {
  const data = sampled(project).map((row) => {
    const score = Math.abs(Math.sin(row)) * 4;
    return [String(row), String(score), '2.8134', '3.4021', '3.7712', score > 3.4021 ? '1' : '0'];
  });
  return { attributeTypes: ['S', 'C', 'C', 'C', 'C', 'B'], attributeNames: ['id', 'res', 'q95', 'q98', 'q99', 'evt'], data };
}
