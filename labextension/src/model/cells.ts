/** Which lines of a cell are prose and which are options, for cells that are questions. */

export type LineKind = 'option' | 'prose' | 'code';

const QUESTION = /^%%rlm(\s|$)/;
/** The cell magics of the kernel `rlm` whose cells are not questions. */
const OTHER_MAGIC = /^%%(?!rlm(\s|$))/;
const OPTION = /^\s*[%?]/;

/**
 * The kind of each line of a cell; empty for a cell that is no question.
 *
 * In a Python notebook a question begins with the line `%%rlm`. In the kernel `rlm` every cell is one unless it begins
 * with another cell magic; the lines on top that begin with `%` or `?` are options.
 */
export function lineKinds(lines: Iterable<string>, inKernel: boolean): LineKind[] {
  const all = [...lines];
  const first = all.findIndex(line => line.trim() !== '');
  const beginning = all[first] ?? '';
  if (first < 0 || (inKernel ? OTHER_MAGIC.test(beginning) : !QUESTION.test(beginning))) {
    return [];
  }
  let end = first + 1;
  while (inKernel && end < all.length && OPTION.test(all[end] as string)) {
    end++;
  }
  const isOption = (index: number): boolean => index >= first && index < end && OPTION.test(beginning);
  return all.map((_, index) => (isOption(index) ? 'option' : 'prose'));
}
