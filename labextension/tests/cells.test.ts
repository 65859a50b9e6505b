import { describe, expect, it } from 'vitest';

import { lineKinds } from '../src/model/cells';

const kinds = (text: string, inKernel = false): string =>
  lineKinds(text.split('\n'), inKernel)
    .map(kind => kind[0])
    .join('');

describe('cells that are questions', () => {
  it.each([
    ['%%rlm report -o total\nWhat is it?\n% of what', 'opp'],
    ['\n%%rlm report\nWhat?', 'pop'],
    ['%%rlm', 'o'],
    ['print("%%rlm")\n%%rlm x', ''],
    ['%%rlmx\nWhat?', ''],
    ['%rlm model x', ''],
    ['%%time\nx = 1', ''],
    ['', '']
  ])('in a Python notebook: %j', (text, expected) => {
    expect(kinds(text)).toBe(expected);
  });

  it.each([
    ['What is it?', 'p'],
    ['%context report.txt\n%model x\nWhat?\n%no', 'oopp'],
    ['%%rlm report\nWhat?', 'op'],
    ['%%py\nx = 1', ''],
    ['%%code\nprint(1)', ''],
    ['?grep', 'o']
  ])('in the kernel rlm: %j', (text, expected) => {
    expect(kinds(text, true)).toBe(expected);
  });
});
