/** What a stage's JSON report adds up to. A report that is missing, or better than its exit code, is a failure. */
export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: readonly string[] };

type Report = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
};

export function tallyOf(json: string | null, exitCode: number): Tally {
  if (json === null) return { passed: 0, failed: 1, skipped: [] };
  const { testResults } = JSON.parse(json) as Report;
  const tests = testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
  const passed = tests.filter((test) => test.status === 'passed').length;
  // A file that does not load has no tests to fail.
  const broken = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((t) => t.status === 'failed'),
  );
  const failed = tests.filter((test) => test.status === 'failed').length + broken.length;
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed');
  return {
    passed,
    // An error outside any test, for example a rejection nobody caught, shows in the exit code alone.
    failed: failed === 0 && exitCode !== 0 && tests.length > 0 ? 1 : failed,
    skipped: skipped.map((test) => `${test.fullName} (${test.file})`),
  };
}
