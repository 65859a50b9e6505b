import { describe, expect, it } from 'vitest';

import { forkCell, outputOption, pythonName, pythonText } from '../src/model/fork';
import type { Origin } from '../src/model/fork';
import type { Iteration, Trace } from '../src/model/trace';
import { trace } from './fixture';

const question: Origin = {
  source: '%%rlm report.txt\nWhat is the total?',
  executionCount: 7,
  inKernel: false,
  isResult: false
};
const turn = (made: Trace, code: string | null = 'print(1)'): Iteration => ({
  ...(made.iterations[1] as Iteration),
  code
});
const cell = (
  origin: Partial<Origin> = {},
  changes: Record<string, unknown> = {},
  code?: string | null
): string | null => {
  const made = trace(changes);
  return forkCell(made, turn(made, code), { ...question, ...origin });
};

describe('the cell that forks a run', () => {
  it('calls the answer by the name of -o', () => {
    expect(cell({ source: '%%rlm report.txt -o total\nWhat is the total?' })).toBe('total.fork(2, """\nprint(1)\n""")');
  });

  it('calls it by the number of the cell where it has no name', () => {
    expect(cell()).toBe('Out[7].fork(2, """\nprint(1)\n""")');
    expect(cell({ source: 'rlm.completion("What?", text)', isResult: true })).toBe(
      'Out[7].fork(2, """\nprint(1)\n""")'
    );
  });

  it('says that a name is missing where nothing says how the answer is called', () => {
    const found = cell({ source: 'display(first, second)' });
    expect(found).toMatch(/^# _ is the last result; .*\n_\.fork\(2, """\nprint\(1\)\n"""\)$/);
    expect(cell({ executionCount: null })).toBe(found);
  });

  it('is a cell of Python in the kernel rlm', () => {
    expect(cell({ inKernel: true, source: 'What is the total?' })).toBe('%%py\nOut[7].fork(2, """\nprint(1)\n""")');
    expect(cell({ inKernel: true, source: '%%rlm -o total\nWhat is the total?' })).toMatch(/^%%py\ntotal\.fork/);
    expect(cell({ inKernel: true, source: '%trace' })).toMatch(/^%%py\n# .*\n_\.fork/);
  });

  it('is none where nothing has kept the answer', () => {
    expect(cell({}, { status: 'failed' })).toBeNull();
    expect(cell({ source: '%%rlm x -o total\nWhat?' }, { status: 'failed' })).toMatch(/^total\.fork/);
  });

  it.each([
    ['the run has not ended', { status: 'running' }],
    ['its seed is not known', { determinism: null }],
    ['it is a follow-up question', { earlier: { digest: 'abc', cells: [] } }],
    ['code of the user ran before it', { earlier: { digest: '', cells: ['x = 1'] } }]
  ])('is none where %s', (_, changes) => {
    expect(cell({}, changes)).toBeNull();
  });

  it('is one for the first question of a session', () => {
    expect(cell({}, { earlier: { digest: '', cells: [] } })).not.toBeNull();
  });

  it('does not gather empty lines', () => {
    expect(cell({}, {}, '\n  \n  x = 1\n\n')).toBe('Out[7].fork(2, """\n  x = 1\n""")');
  });

  it('needs code, and all of it', () => {
    const shortened = 'x = 1\n[… 1,234 characters left out …]\ny = 2';
    expect(cell({}, {}, null)).toBeNull();
    expect(cell({}, { elided: ['code'] }, shortened)).toBeNull();
    expect(cell({}, { elided: ['code'] })).not.toBeNull();
    expect(cell({}, {}, shortened)).not.toBeNull();
  });
});

describe('the name of the answer', () => {
  it.each([
    ['%%rlm report -o total', 'total'],
    ['%%rlm report -ototal', 'total'],
    ['%%rlm report -o=total', 'total'],
    ['%%rlm report --output total -n 3', 'total'],
    ['%%rlm report --output=total', 'total'],
    ['%%rlm \'a -o b.txt\' -o "total"', 'total'],
    ['%%rlm x -o one -o two', 'two'],
    ['%%rlm x -o größe', 'größe'],
    ["%%rlm 'a -o b.txt'", null],
    ['%%rlm report', null],
    ['%%rlm report -o', null],
    ['%%rlm report -o {name}', null],
    ['%%rlm report -o __import__("os")', null],
    ['%%rlm report --outputs total', null]
  ])('in %s', (line, expected) => {
    expect(outputOption(line)).toBe(expected);
  });
});

describe('a name as a literal of Python', () => {
  it.each([
    ['report "final".ipynb', '"report \\"final\\".ipynb"'],
    ['a\\b\n.ipynb', '"a\\\\b\\n.ipynb"'],
    ['é\u202e\u0085😀\ud83d.ipynb', '"é\\u202e\\x85😀\\ud83d.ipynb"'],
    ['x'.repeat(250), `"${'x'.repeat(250)}"`]
  ])('%j', (name, expected) => {
    expect(pythonName(name)).toBe(expected);
  });
});

describe('code as a literal of Python', () => {
  it.each([
    ['as it is', 'x = "a" + \'b\'', '"""\nx = "a" + \'b\'\n"""'],
    ['raw for backslashes', 'print("a\\n")', 'r"""\nprint("a\\n")\n"""'],
    ['raw with a backslash at the end', 'x = 1 \\', 'r"""\nx = 1 \\\n"""'],
    ['in the other quotes', 'x = """a"""', '\'\'\'\nx = """a"""\n\'\'\''],
    ['a quote at the end', 'x = "a"', '"""\nx = "a"\n"""'],
    [
      'escaped where both quotes are taken',
      'x = """a"""; y = \'\'\'\\n\'\'\'',
      '"""\nx = \\"\\"\\"a\\"\\"\\"; y = \'\'\'\\\\n\'\'\'\n"""'
    ],
    ['escaped where it cannot be seen', 'x = "\u202e\u0000\\"', '"""\nx = "\\u202e\\x00\\\\"\n"""'],
    ['beyond the basic plane', 'x = "\u{e0041}é€😀"', '"""\nx = "\\U000e0041é€😀"\n"""'],
    ['half a character', 'x = "\ud83d"', '"""\nx = "\\ud83d"\n"""'],
    ['a carriage return', 'x = "a\r\nb\tc"', '"""\nx = "a\\x0d\nb\tc"\n"""'],
    ['a prompt', '... \nx = 1\n  ...', '"""\n\\x2e.. \nx = 1\n  ...\n"""'],
    ['a prompt of Python', 'x = 1\n  >>> 1', '"""\nx = 1\n  \\x3e>> 1\n"""'],
    ['points that are no prompt', 'def f():\n    ...', '"""\ndef f():\n    ...\n"""']
  ])('%s', (_, code, expected) => {
    expect(pythonText(code)).toBe(expected);
  });
});
