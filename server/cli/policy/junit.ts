/** Policy tests as JUnit XML, in the form that build servers read. */
import type { TestedDocument } from './test.ts';

export function junitReport(documents: readonly TestedDocument[]): string {
  const suites = documents.flatMap(({ name, file, cases, durationMs }) => {
    const failed = cases.filter(({ passed }) => !passed).length;
    const each = cases.flatMap((one) => {
      const open = `    <testcase ${attributes({ name: one.name, classname: name, file, ...(one.line !== undefined && { line: one.line }) })}`;
      if (one.passed) return [`${open}/>`];
      const [first = 'failed'] = one.failures;
      return [
        `${open}>`,
        `      <failure ${attributes({ message: first, type: 'decision' })}>${escapeXml(one.failures.join('\n'))}</failure>`,
        '    </testcase>',
      ];
    });
    const seconds = (durationMs / 1000).toFixed(3);
    const head = attributes({
      name,
      tests: cases.length,
      failures: failed,
      errors: 0,
      skipped: 0,
      time: seconds,
      file,
    });
    return [`  <testsuite ${head}>`, ...each, '  </testsuite>'];
  });
  const all = documents.flatMap(({ cases }) => cases);
  const head = attributes({
    name: 'assay policy test',
    tests: all.length,
    failures: all.filter(({ passed }) => !passed).length,
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites ${head}>`, ...suites, '</testsuites>'].join('\n');
}

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}="${escapeXml(String(value))}"`)
    .join(' ');

/** XML 1.0 has no way to write most control characters, so they are left out. */
const escapeXml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in XML
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
