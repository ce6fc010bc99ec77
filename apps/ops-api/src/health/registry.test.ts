import { expect, test } from 'vitest';
import { createRegistry, OTHER } from './registry.ts';

test('a counter, a histogram and a reading are written as Prometheus reads them', () => {
  const registry = createRegistry();
  const answers = registry.counter('answers_total', 'Answers.', { code: ['ok', 'no'] });
  const seconds = registry.histogram('wait_seconds', { help: 'Waiting.', labels: { queue: ['a'] }, buckets: [0.1, 1] });
  registry.reading('level', { help: 'Level.', labels: { state: ['open'] } }, () => [[['open'], 3]]);
  answers.add(['ok']);
  answers.add(['ok'], 2);
  answers.add(['no']);
  for (const value of [0.1, 0.5, 7]) seconds.observe(['a'], value);
  expect(registry.text()).toBe(`# HELP answers_total Answers.
# TYPE answers_total counter
answers_total{code="ok"} 3
answers_total{code="no"} 1
# HELP wait_seconds Waiting.
# TYPE wait_seconds histogram
wait_seconds_bucket{queue="a",le="0.1"} 1
wait_seconds_bucket{queue="a",le="1"} 2
wait_seconds_bucket{queue="a",le="+Inf"} 3
wait_seconds_sum{queue="a"} 7.6
wait_seconds_count{queue="a"} 3
# HELP level Level.
# TYPE level gauge
level{state="open"} 3
`);
});

test('what has no labels is known from the start, to be 0', () => {
  const registry = createRegistry();
  registry.counter('things_total', 'Things.');
  registry.histogram('things', { help: 'Things.', buckets: [1] });
  expect(registry.text()).toContain('\nthings_total 0\n');
  expect(registry.text()).toContain('\nthings_bucket{le="1"} 0\nthings_bucket{le="+Inf"} 0\nthings_sum 0\nthings_count 0\n');
});

/** Guarantee: whatever somebody sends, no series is added and no name of theirs is shown. */
test('a value that was not declared counts as other, however many of them come', () => {
  const registry = createRegistry();
  const counter = registry.counter('seen_total', 'Seen.', { method: ['GET'], status: ['200'] });
  for (let i = 0; i < 1_000; i++) counter.add([`HUNTER${i}`, '200']);
  counter.add(['GET', '999']);
  expect(registry.text().match(/^seen_total\{.*$/gm)).toEqual([`seen_total{method="${OTHER}",status="200"} 1000`, `seen_total{method="GET",status="${OTHER}"} 1`]);
});

test('values that would break a line are escaped, and two that look alike when joined stay two', () => {
  const registry = createRegistry();
  const counter = registry.counter('odd_total', 'Odd.', { a: ['x', 'x"y', 'p\\q'], b: ['1', 'y'] });
  counter.add(['x"y', '1']);
  counter.add(['p\\q', '1']);
  counter.add(['x', 'y']);
  expect(registry.text().match(/^odd_total\{.*$/gm)).toEqual([String.raw`odd_total{a="x\"y",b="1"} 1`, String.raw`odd_total{a="p\\q",b="1"} 1`, 'odd_total{a="x",b="y"} 1']);
});

test('a name is declared once, and values come with every label', () => {
  const registry = createRegistry();
  const counter = registry.counter('one_total', 'One.', { a: ['x'] });
  expect(() => registry.counter('one_total', 'One.')).toThrow('declared twice');
  expect(() => counter.add(['x', 'y'])).toThrow('got 2 values');
});
