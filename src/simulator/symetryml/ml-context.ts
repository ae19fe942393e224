import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { type Attribute, emptyAttribute, type Project } from './projects.js';

/** An attribute and the index it was asked for under. */
export interface Chosen {
  readonly index: string;
  readonly attribute: Attribute;
}

const textsIn = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map((one: Json) => String(one)) : []);

const byIndex = (project: Project, index: string): Chosen => ({
  index,
  attribute: project.attributes[Number(index)] ?? project.attributes.find(({ name }) => name === index) ?? emptyAttribute(index, 'C'),
});

const byName = (project: Project, name: string): Chosen => {
  const at = project.attributes.findIndex((attribute) => attribute.name === name);
  return { index: at < 0 ? name : String(at), attribute: project.attributes[at] ?? emptyAttribute(name, 'C') };
};

/** The MLContexts of a body: those of an ExploreContext, the one beside a data frame, or the body itself. */
export function contextsIn(body: Json | undefined): readonly JsonObject[] {
  if (!isJsonObject(body)) return [];
  if (Array.isArray(body.values)) return body.values.filter((one: Json) => isJsonObject(one));
  return [isJsonObject(body.mlcontext) ? body.mlcontext : body];
}

/** Input attributes of a context; `attributes` is what 5.x calls them in its schema. Without any, all there are. */
export function inputsOf(project: Project, context: JsonObject | undefined): readonly Chosen[] {
  const indexes = [...textsIn(context?.inputAttributes), ...textsIn(context?.attributes)];
  const chosen = [
    ...indexes.map((index) => byIndex(project, index)),
    ...textsIn(context?.inputAttributeNames).map((name) => byName(project, name)),
  ];
  return chosen.length > 0 ? chosen : project.attributes.map((attribute, index) => ({ index: String(index), attribute }));
}

/** Extra parameters of the first context, as text. */
export function extraParameters(body: Json | undefined): Readonly<Record<string, string>> {
  const extra = contextsIn(body)[0]?.extraParameters;
  return isJsonObject(extra) ? Object.fromEntries(Object.entries(extra).map(([key, value]) => [key, String(value)])) : {};
}
