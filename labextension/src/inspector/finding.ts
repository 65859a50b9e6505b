/**
 * Where a document of a trace may be among the files that the server offers: paths only, nothing is read.
 *
 * The trace says what the kernel was given: a path relative to the kernel's folder (the notebook's, as a rule), or an
 * absolute one. The contents API knows paths below the server's root folder.
 */

export interface Candidate {
  path: string;
  /** False for a guess: it counts only if its hash is the document's. */
  certain: boolean;
}

const MOST_GUESSES = 4;

/** The paths to try, the most likely first. `root` is the server's root folder, if it says so. */
export function candidates(source: string, notebook: string, root: string): Candidate[] {
  if (!source || source.includes('://') || /[\u0000-\u001f]/.test(source)) {
    return [];
  }
  const [drive, local] = driveOf(notebook);
  const folder = local.split('/').slice(0, -1);
  const made: Candidate[] = [];
  const add = (parts: string[] | null, certain: boolean): void => {
    const path = parts && parts.length > 0 ? drive + parts.join('/') : '';
    if (path && !made.some(each => each.path === path)) {
      made.push({ path, certain });
    }
  };
  const plain = source.replace(/\\/g, '/');
  if (/^(\/|[A-Za-z]:\/)/.test(plain)) {
    const base = root.replace(/\\/g, '/').replace(/\/+$/, '');
    if (base && plain.startsWith(`${base}/`)) {
      add(resolve([], plain.slice(base.length + 1)), true);
    }
    const parts = plain.split('/').filter(part => part !== '');
    // The file beside the notebook first, then the ends of the path, the longest that is likely first.
    add([...folder, parts[parts.length - 1] as string], false);
    for (let from = Math.max(0, parts.length - 3); from < parts.length; from++) {
      add(parts.slice(from), false);
    }
  } else if (!plain.startsWith('~')) {
    add(resolve(folder, plain), true);
    add(resolve([], plain), false);
  }
  return made.slice(0, MOST_GUESSES);
}

// A notebook may be on a drive of its own, as in `RTC:folder/notebook.ipynb`; its documents are on the same one.
function driveOf(notebook: string): [string, string] {
  const found = /^([A-Za-z][\w-]*:)(.*)$/.exec(notebook);
  return found ? [found[1] as string, (found[2] as string).replace(/^\/+/, '')] : ['', notebook];
}

/** A relative path from a folder; null where it leads out of the root. */
function resolve(folder: string[], path: string): string[] | null {
  const made = [...folder];
  for (const part of path.split('/')) {
    if (part === '..') {
      if (made.length === 0) {
        return null;
      }
      made.pop();
    } else if (part !== '' && part !== '.') {
      made.push(part);
    }
  }
  return made;
}
