import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, visit } from 'graphql';

/** Of a subscription's root field: the cursor its client resumes after. */
const argumentName = 'after';

/** How a subscription says where its client resumes, beside what its transport says. */
export interface CursorArgument {
  /** The variable that says it, and nothing else: clients that differ in it alone are told the same. */
  readonly variable: string | undefined;
  /** With the variables of one request. */
  valueIn(variables: Readonly<Record<string, unknown>>): string | undefined;
}

const firstField = (set: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): FieldNode | undefined => {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) return selection;
    const below = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    const field = below && firstField(below.selectionSet, fragments);
    if (field) return field;
  }
  return undefined;
};

/** How often the document speaks of a variable: once to declare it, then for each use. */
const mentionsOf = (document: DocumentNode, name: string): number => {
  let count = 0;
  visit(document, {
    Variable: (node) => {
      if (node.name.value === name) count += 1;
    },
  });
  return count;
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Of a valid subscription, which has one root field. */
export const cursorArgumentOf = (
  document: DocumentNode,
  root: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): CursorArgument => {
  const argument = firstField(root, fragments)?.arguments?.find(({ name }) => name.value === argumentName)?.value;
  if (argument?.kind === Kind.VARIABLE) {
    const name = argument.name.value;
    return {
      variable: mentionsOf(document, name) === 2 ? name : undefined,
      valueIn: (variables) => textOf(variables[name]),
    };
  }
  const literal = argument?.kind === Kind.STRING ? argument.value : undefined;
  return { variable: undefined, valueIn: () => literal };
};
