import type { Json, JsonObject } from '../json.js';
import { contextsIn, inputsOf } from './ml-context.js';
import type { Project } from './projects.js';
import { valuesMap } from './result-explore.js';

const chosenOf = (project: Project, body: Json | undefined) =>
  inputsOf(project, contextsIn(body)[0]).filter(({ attribute }) => !attribute.empty);

const frame = (attributeNames: readonly string[], data: readonly (readonly number[])[]): JsonObject => ({
  attributeTypes: attributeNames.map(() => 'C'),
  attributeNames,
  data: data.map((row) => row.map(String)),
});

/** An orthonormal basis, that of the cosine transform: eigenvectors have to be one. */
const basis = (size: number): readonly (readonly number[])[] =>
  Array.from({ length: size }, (_row, row) =>
    Array.from({ length: size }, (_column, column) => {
      const scale = Math.sqrt((row === 0 ? 1 : 2) / size);
      return scale * Math.cos((Math.PI * (2 * column + 1) * row) / (2 * size));
    }),
  );

/** `pcaVectors`, `pcaValues` and their sum (Exploration API, 6.3). */
export function principalComponents(project: Project, body: Json | undefined): JsonObject {
  const chosen = chosenOf(project, body);
  const values = chosen.map(({ attribute }) => attribute.deviation ** 2).sort((left, right) => right - left);
  const components = chosen.map((_one, index) => `PC${index + 1}`);
  return {
    pcaVectors: frame(components, basis(chosen.length)),
    pcaValues: frame(components, [values]),
    pcaSumValues: values.reduce((sum, value) => sum + value, 0),
  };
}

/** Singular value by attribute: the number is the key, the name the value. A selection of features leaves the small ones out. */
export function singularValues(project: Project, body: Json | undefined, selecting: boolean): JsonObject {
  const pairs = chosenOf(project, body)
    .map(({ attribute, index }) => [attribute.deviation * Math.sqrt(project.rows) + Number(index) / 1e6, attribute.name] as const)
    .sort(([left], [right]) => right - left);
  const kept = selecting ? pairs.slice(0, Math.ceil(pairs.length / 2)) : pairs;
  return valuesMap([Object.fromEntries(kept.map(([value, name]) => [String(value), name]))]);
}

/** Variance inflation by index of input. The first attribute is one the others make up wholly. */
export function inflation(project: Project, body: Json | undefined): JsonObject {
  const pairs = chosenOf(project, body).map(({ index, attribute }, at) => [
    index,
    at === 0 ? 'Infinity' : String(1 + attribute.deviation * 3.07),
  ]);
  return valuesMap([Object.fromEntries(pairs)]);
}
