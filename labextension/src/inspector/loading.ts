/** A document of a trace from the server's files, or the reason why it is not to be had. */

import { PageConfig } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';

import type { DocumentInfo } from '../model/trace';
import { compareHash, decode, isUtf8, linesOf } from './decoding';
import type { HashState } from './decoding';
import { candidates } from './finding';

export type Missing = 'no-file' | 'converted' | 'too-large' | 'not-decoded';

export type Loaded =
  | { lines: string[]; path: string; hash: HashState; missing?: undefined }
  | { missing: Missing; path: string };

const LARGEST = 100_000_000;
const MOST_KEPT = 4;

/** Loads documents, and keeps the last few. */
export class Loader {
  constructor(private readonly _contents: Contents.IManager) {}

  async load(info: DocumentInfo, notebook: string): Promise<Loaded> {
    const key = [info.source, info.sha256, notebook].join('\n');
    let known = this._kept.get(key);
    if (!known) {
      known = this._find(info, notebook);
      this._kept.set(key, known);
      // A file may come to be, or be mended: only what was found unchanged is worth keeping.
      void known.then(
        loaded => (loaded.missing || loaded.hash !== 'same') && this._kept.delete(key),
        () => this._kept.delete(key)
      );
      for (const old of [...this._kept.keys()].slice(0, -MOST_KEPT)) {
        this._kept.delete(old);
      }
    }
    return known;
  }

  private async _find(info: DocumentInfo, notebook: string): Promise<Loaded> {
    let missing: Missing = 'no-file';
    let where = '';
    for (const { path, certain } of candidates(info.source, notebook, PageConfig.getOption('serverRoot'))) {
      const size = await this._size(path);
      if (size === null) {
        continue;
      }
      if (info.converter) {
        return { missing: 'converted', path };
      }
      if (size > LARGEST) {
        [missing, where] = ['too-large', path];
        continue;
      }
      const text = await this._read(path, info.encoding);
      if (text === null) {
        [missing, where] = ['not-decoded', path];
        continue;
      }
      const hash = await compareHash(text, info.sha256);
      if (certain || hash === 'same') {
        return { lines: linesOf(text), path, hash };
      }
    }
    return { missing, path: where };
  }

  /** The file's size; null where there is no such file. */
  private async _size(path: string): Promise<number | null> {
    try {
      const model = await this._contents.get(path, { content: false });
      return model.type === 'directory' ? null : (model.size ?? 0);
    } catch {
      return null;
    }
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

  private readonly _kept = new Map<string, Promise<Loaded>>();
}
