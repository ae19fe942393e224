import { isJsonObject, type Json } from '../json.js';
import { emptyAttribute, type Project } from './projects.js';

const listIn = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** A project is dirty once it has changed. */
export function markChanged(project: Project, now: number): void {
  project.changedAt = Math.max(now, project.createdAt + 1);
}

/** Takes a data frame into a project, or out of it. Its first frame gives a project its columns; cells are counted, not remembered. */
export function learnFrame(project: Project, body: Json | undefined, learning: boolean, now: number): void {
  const frame = isJsonObject(body) ? body : {};
  const rows = listIn(frame.data).length;
  if (project.attributes.length === 0) {
    const types = listIn(frame.attributeTypes);
    const columns = listIn(frame.attributeNames).map((name, index) => emptyAttribute(String(name), String(types[index] ?? 'C')));
    project.attributes = columns.map((column) => ({ ...column, mean: 1, deviation: 0.5, least: 0, most: 2, empty: false }));
  }
  project.rows = Math.max(0, project.rows + (learning ? rows : -rows));
  markChanged(project, now);
}
