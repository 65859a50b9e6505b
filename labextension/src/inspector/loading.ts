/** A document of a trace from the server's files, or the reason why it is not to be had. */

import { PageConfig } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';

import type { DocumentInfo } from '../model/trace';
import { compareHash, decode, isUtf8, linesOf } from './decoding';
import type { HashState } from './decoding';
import { candidates } from './finding';

export type Missing = 'no-file' | 'converted' | 'too-large' | 'not-decoded';

export type Loaded =
  { lines: string[]; path: string; hash: HashState; missing?: undefined } | { missing: Missing; path: string };

const LARGEST = 100_000_000;
const MOST_KEPT = 4;

interface Read {
  lines: string[];
  hash: HashState;
}

/** Loads documents. What was read is kept until the file changes, so that a click costs no second transfer. */
export class Loader {
  constructor(private readonly _contents: Contents.IManager) {}

  async load(info: DocumentInfo, notebook: string): Promise<Loaded> {
    let missing: Missing = 'no-file';
    let where = '';
    for (const { path, certain } of candidates(info.source, notebook, PageConfig.getOption('serverRoot'))) {
      const file = await this._file(path);
      if (file === null) {
        continue;
      }
      if (info.converter) {
        return { missing: 'converted', path };
      }
      const read = file.size > LARGEST ? null : await this._once(file, info);
      if (read === null) {
        [missing, where] = [file.size > LARGEST ? 'too-large' : 'not-decoded', path];
      } else if (certain || read.hash === 'same') {
        return { ...read, path };
      }
    }
    return { missing, path: where };
  }

  /** What the server says of a file; null where there is none of that name. */
  private async _file(path: string): Promise<{ path: string; size: number; modified: string } | null> {
    try {
      const { type, size, last_modified: modified } = await this._contents.get(path, { content: false });
      return type === 'directory' ? null : { path, size: size ?? 0, modified };
    } catch {
      return null;
    }
  }

  private async _once(file: { path: string; modified: string }, info: DocumentInfo): Promise<Read | null> {
    const key = [file.path, file.modified, info.encoding, info.sha256].join('\n');
    let known = this._kept.get(key);
    if (!known) {
      known = this._read(file.path, info.encoding).then(async text =>
        text === null ? null : { lines: linesOf(text), hash: await compareHash(text, info.sha256) }
      );
      this._kept.set(key, known);
      for (const old of [...this._kept.keys()].slice(0, -MOST_KEPT)) {
        this._kept.delete(old);
      }
    }
    const read = await known;
    if (read === null) {
      this._kept.delete(key);
    }
    return read;
  }

  private async _read(path: string, encoding: string): Promise<string | null> {
    try {
      if (isUtf8(encoding)) {
        const model = await this._contents.get(path, { type: 'file', format: 'text', content: true });
        return String(model.content).replace(/^\ufeff/, '');
      }
      const model = await this._contents.get(path, { type: 'file', format: 'base64', content: true });
      return decode(
        Uint8Array.from(atob(String(model.content)), character => character.charCodeAt(0)),
        encoding
      );
    } catch {
      return null;
    }
  }

  private readonly _kept = new Map<string, Promise<Read | null>>();
}
