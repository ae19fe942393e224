/** Where in the configuration: `['backends', 0, 'auth', 'kind']`. */
export type Path = readonly (string | number)[];

/** Where a value was written. */
export type Place =
  | { readonly in: 'file'; readonly line: number; readonly column: number }
  | { readonly in: 'environment'; readonly variable: string }
  /** The file as a whole. */
  | { readonly in: 'whole' };

/** One thing that is wrong. The message never repeats a value: it may be a secret. */
export interface Fault {
  readonly place: Place;
  /** Empty for what concerns the whole file. */
  readonly path: Path;
  readonly message: string;
}

export const pathText = (path: Path): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');

const rank = (place: Place): readonly [number, number, number] => {
  if (place.in === 'whole') return [0, 0, 0];
  return place.in === 'file' ? [1, place.line, place.column] : [2, 0, 0];
};

const byPlace = (a: Fault, b: Fault): number => {
  const [left, right] = [rank(a.place), rank(b.place)];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
};

const placeText = (place: Place, file: string): string => {
  if (place.in === 'environment') return place.variable;
  return place.in === 'file' ? `${file}:${place.line}:${place.column}` : file;
};

/** One line per fault, in the order of the file, then of the environment: `vigil.yaml:12:7 backends[0].auth.kind must be one of …`. */
export const describeFaults = (faults: readonly Fault[], file: string): string =>
  faults
    .toSorted(byPlace)
    .map(({ place, path, message }) => [placeText(place, file), pathText(path), message].filter((part) => part !== '').join(' '))
    .join('\n');
