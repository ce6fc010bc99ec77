import { expect, test } from 'vitest';
import { tallyOf } from './vitest-report.ts';

const report = (...files: readonly { readonly status: string; readonly tests: readonly string[] }[]): string =>
  JSON.stringify({
    testResults: files.map(({ status, tests }, f) => ({
      name: `file${f}.test.ts`,
      status,
      assertionResults: tests.map((s, t) => ({ fullName: `test ${t}`, status: s })),
    })),
  });

test('passed, failed and skipped are added up over files', () => {
  const json = report(
    { status: 'failed', tests: ['passed', 'failed'] },
    { status: 'passed', tests: ['passed', 'pending', 'todo', 'skipped'] },
  );
  expect(tallyOf(json, 1)).toEqual({
    passed: 2,
    failed: 1,
    skipped: ['test 1 (file1.test.ts)', 'test 2 (file1.test.ts)', 'test 3 (file1.test.ts)'],
  });
});

test('a file that does not load is a failure', () => {
  expect(tallyOf(report({ status: 'failed', tests: [] }, { status: 'passed', tests: ['passed'] }), 1)).toMatchObject({
    passed: 1,
    failed: 1,
  });
});

test('an error outside any test is a failure', () => {
  expect(tallyOf(report({ status: 'passed', tests: ['passed'] }), 1)).toMatchObject({ passed: 1, failed: 1 });
});

test('no report is a failure', () => {
  expect(tallyOf(null, 0)).toEqual({ passed: 0, failed: 1, skipped: [] });
});
