/**
 * Numbers in the text format of Prometheus. A metric declares every value each of its labels can take; a value that is
 * not declared counts as `other`. So no name of anybody can get into a label, and no series is ever added by a caller.
 */
export type Labels = Readonly<Record<string, readonly string[]>>;
export const OTHER = 'other';

/** Upper bounds of a histogram, ascending, in base units: seconds, or things. */
export type Buckets = readonly number[];

export interface Counter {
  /** Values of the labels in the order they were declared. */
  add(values: readonly string[], by?: number): void;
}
export interface Histogram {
  observe(values: readonly string[], value: number): void;
}
type Sample = readonly [values: readonly string[], value: number];
type Metric = { readonly name: string; readonly labels: Labels; readonly lines: () => readonly string[] };

export function createRegistry() {
  const metrics: Metric[] = [];
  const add = (metric: Metric): void => {
    if (metrics.some(({ name }) => name === metric.name)) throw new TypeError(`the metric ${metric.name} is declared twice`);
    metrics.push(metric);
  };
  const head = (name: string, type: string, help: string) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];

  return {
    counter(name: string, help: string, labels: Labels = {}): Counter {
      const series = seriesOf(labels, () => ({ count: 0 }));
      if (Object.keys(labels).length === 0) series.at([]); // one that never counted is still known to be 0
      add({ name, labels, lines: () => [...head(name, 'counter', help), ...series.all().map(([text, { count }]) => `${name}${braced(text)} ${count}`)] });
      return { add: (values, by = 1) => void (series.at(values).count += by) };
    },

    /** Kept by somebody else, and read when somebody asks. */
    reading(name: string, { type = 'gauge', help, labels = {} }: { type?: 'gauge' | 'counter'; help: string; labels?: Labels }, read: () => readonly Sample[]): void {
      const known = seriesOf(labels, () => null);
      const line = ([values, value]: Sample) => `${name}${braced(known.textOf(values))} ${value}`;
      add({ name, labels, lines: () => [...head(name, type, help), ...read().map(line)] });
    },

    histogram(name: string, { help, labels = {}, buckets }: { help: string; labels?: Labels; buckets: Buckets }): Histogram {
      const series = seriesOf(labels, () => ({ counts: new Float64Array(buckets.length), sum: 0, count: 0 }));
      if (Object.keys(labels).length === 0) series.at([]);
      const linesOf = (text: string, { counts, sum, count }: { counts: Float64Array; sum: number; count: number }) => {
        let below = 0;
        const with_ = (le: string) => braced(text === '' ? `le="${le}"` : `${text},le="${le}"`);
        const steps = buckets.map((bound, i) => `${name}_bucket${with_(String(bound))} ${(below += counts[i] ?? 0)}`);
        return [...steps, `${name}_bucket${with_('+Inf')} ${count}`, `${name}_sum${braced(text)} ${sum}`, `${name}_count${braced(text)} ${count}`];
      };
      add({ name, labels, lines: () => [...head(name, 'histogram', help), ...series.all().flatMap(([text, one]) => linesOf(text, one))] });
      return {
        observe(values, value) {
          const one = series.at(values);
          one.sum += value;
          one.count++;
          const i = buckets.findIndex((bound) => value <= bound);
          if (i >= 0) one.counts[i] = (one.counts[i] ?? 0) + 1;
        },
      };
    },

    text: (): string => `${metrics.flatMap((metric) => metric.lines()).join('\n')}\n`,
    /** What was declared: every label there is, and every value it can have. */
    declared: (): readonly { readonly name: string; readonly labels: Labels }[] => metrics.map(({ name, labels }) => ({ name, labels })),
  };
}
export type Registry = ReturnType<typeof createRegistry>;

/** One member per combination of label values that was seen; the declaration bounds how many there can be. */
function seriesOf<T>(labels: Labels, make: () => T) {
  const names = Object.keys(labels);
  const known = names.map((name) => new Set(labels[name]));
  const members = new Map<string, { readonly text: string; readonly member: T }>();
  const valid = (values: readonly string[]) => values.map((value, i) => (known[i]?.has(value) ? value : OTHER));
  const textOf = (values: readonly string[]) => {
    if (values.length !== names.length) throw new TypeError(`labels ${names.join(', ')} got ${values.length} values`);
    return valid(values).map((value, i) => `${names[i]}="${escaped(value)}"`).join(',');
  };
  return {
    textOf,
    at(values: readonly string[]): T {
      const key = values.length === 1 ? (values[0] ?? '') : values.join('\n');
      let found = members.get(key);
      if (!found) {
        const text = textOf(values);
        // What is not declared shares one member, and is not remembered by the name it came with.
        const shared = valid(values).join('\n');
        found = members.get(shared) ?? { text, member: make() };
        members.set(shared, found);
      }
      return found.member;
    },
    all: (): readonly (readonly [string, T])[] => [...members.values()].map(({ text, member }) => [text, member]),
  };
}

const braced = (text: string) => (text === '' ? '' : `{${text}}`);
const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
