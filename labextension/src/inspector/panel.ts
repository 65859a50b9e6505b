/** The side panel that shows a document of a trace at a line, with what the run has looked at of it. */

import { Widget } from '@lumino/widgets';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Place } from '../context';
import { el, marked } from '../dom';
import { TOUCHES, touchesOf } from '../model/coverage';
import { clean, count, oneLine } from '../model/text';
import type { DocumentInfo } from '../model/trace';
import { coverageStrip } from '../view/coverageView';
import { touchWord } from '../view/words';
import { VirtualList } from '../virtual';
import { knownLines, lookedAt } from './excerpts';
import type { Loaded, Loader, Missing } from './loading';

type Found = Extract<Loaded, { missing?: undefined }>;

const ROW_HEIGHT = 18;
const LONGEST_LINE = 4_000;

export class InspectorPanel extends Widget {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _loader: Loader
  ) {
    super();
    this.id = 'rlm-inspector';
    this.addClass('jp-RlmInspector');
    this.title.caption = _trans.__('Document of an RLM answer');
    this._body.append(this._empty());
    this.node.append(this._body);
  }

  /** Show a place. Resolves when it can be read. */
  async open(place: Place): Promise<void> {
    const opening = ++this._opening;
    const info = documentOf(place);
    this._body.replaceChildren(this._header(place, info), el('p', {}, this._trans.__('Loading …')));
    const loaded = info ? await this._loader.load(info, place.notebook) : ({ missing: 'no-file', path: '' } as const);
    if (opening !== this._opening || this.isDisposed) {
      return;
    }
    this._list?.dispose();
    this._list = null;
    const header = this._header(place, info);
    if (loaded.missing) {
      this._body.replaceChildren(header, ...this._excerpts(place, loaded.missing, loaded.path));
      return;
    }
    const { list, shown } = this._document(place, loaded);
    this._list = list;
    this._body.replaceChildren(header, ...shown);
    list.reset(loaded.lines.length);
    list.show(place.line - 1, true);
  }

  override dispose(): void {
    this._list?.dispose();
    super.dispose();
  }

  protected override onAfterShow(): void {
    this._list?.refresh();
  }

  private _empty(): HTMLElement {
    return el('p', {}, this._trans.__('Click a line number, an evidence item or a span in an RLM answer.'));
  }

  private _header(place: Place, info: DocumentInfo | null): HTMLElement {
    const name = oneLine(info?.name || place.source, 200) || this._trans.__('(no name)');
    const field = el('input', {
      type: 'number',
      min: '1',
      class: 'jp-RlmSearch',
      value: place.line,
      'aria-label': this._trans.__('Go to line'),
      'data-lm-suppress-shortcuts': 'true',
      on: { change: () => this._goTo(place, Number(field.value)) }
    });
    return el(
      'div',
      { class: 'jp-RlmInspector-header' },
      el('div', { class: 'jp-RlmInspector-name', title: oneLine(info?.source ?? '', 300) }, name),
      el('label', { class: 'jp-RlmCard-facts' }, this._trans.__('line '), field, info ? ` / ${count(info.lines)}` : '')
    );
  }

  private _goTo(place: Place, line: number): void {
    if (Number.isInteger(line) && line > 0) {
      void this.open({ ...place, line, endLine: line });
    }
  }

  private _document(place: Place, loaded: Found): { list: VirtualList; shown: HTMLElement[] } {
    const { trace, source, line } = place;
    const covered = trace.coverage?.documents.find(each => each.source === source);
    const evidence = new Set(trace.evidence.filter(item => item.source === source).map(item => item.line));
    const marker = el('div', { class: 'jp-RlmMinimap-window', 'aria-hidden': 'true' });
    const list = new VirtualList({
      rowHeight: ROW_HEIGHT,
      class: 'jp-RlmInspector-lines',
      attributes: { role: 'document', 'aria-label': this._trans.__('Lines of the document') },
      row: index => {
        const number = index + 1;
        const touches = touchesOf(covered, number);
        const words = touches.map(touch => touchWord(this._trans, touch));
        const chosen = number >= line && number <= place.endLine;
        return el(
          'div',
          {
            class: `jp-RlmLine${chosen ? ' jp-mod-chosen' : ''}`,
            'data-line': number,
            title: words.join(', ') || this._trans.__('never touched')
          },
          el('span', { class: 'jp-RlmLine-number' }, `${evidence.has(number) ? '★' : ''}${number}`),
          ...TOUCHES.map(touch =>
            el('i', { class: touches.includes(touch) ? `jp-RlmLine-touch jp-mod-${touch}` : 'jp-RlmLine-touch' })
          ),
          el('span', { class: 'jp-RlmLine-text' }, this._line(loaded.lines[index] ?? ''))
        );
      },
      onScroll: () => mark()
    });
    const mark = (): void => {
      const { from, size } = list.window;
      marker.style.top = `${from * 100}%`;
      marker.style.height = `${Math.max(size * 100, 0.5)}%`;
    };
    const minimap = this._minimap(place, marker, part => list.showPart(part));
    const beyond = line > loaded.lines.length;
    const shown = [
      this._state(loaded),
      ...(beyond
        ? [el('div', { class: 'jp-RlmNotice' }, this._trans.__('The file has no line %1.', count(line)))]
        : []),
      this._legend(evidence.size > 0),
      el('div', { class: 'jp-RlmInspector-document' }, list.node, minimap)
    ];
    return { list, shown };
  }

  private _line(text: string): string {
    const shown = clean(text.slice(0, LONGEST_LINE).replace(/\r$/, '')).replace(/\n/g, '␤');
    const more = text.length - LONGEST_LINE;
    return more > 0 ? `${shown} ${this._trans.__('[… %1 more characters]', count(more))}` : shown;
  }

  private _state({ path, hash }: Found): HTMLElement {
    const trans = this._trans;
    const where = oneLine(path, 200);
    const [kind, words] = {
      same: ['jp-mod-same', trans.__('✓ %1 is unchanged: its SHA-256 is the one in the trace.', where)],
      different: [
        'jp-mod-error',
        trans.__('✗ %1 has CHANGED since: its SHA-256 is not the one in the trace. Lines may have moved.', where)
      ],
      unknown: [
        '',
        trans.__(
          '? Whether %1 has changed cannot be checked here: browsers compute SHA-256 only for https and localhost.',
          where
        )
      ]
    }[hash] as [string, string];
    return el('div', { class: `jp-RlmNotice jp-RlmHash ${kind}`, 'data-hash': hash, role: 'status' }, words);
  }

  private _legend(withEvidence: boolean): HTMLElement {
    const items = TOUCHES.map((touch, lane) => {
      const words = this._trans.__('lane %1: %2', lane + 1, touchWord(this._trans, touch));
      return el('span', { class: 'jp-RlmLegend' }, el('i', { class: `jp-RlmSwatch jp-mod-${touch}` }), words);
    });
    const untouched = el('span', { class: 'jp-RlmLegend' }, this._trans.__('blank: never touched'));
    const star = withEvidence && el('span', { class: 'jp-RlmLegend' }, this._trans.__('★ evidence'));
    return el('div', { class: 'jp-RlmLegends' }, ...items, untouched, star);
  }

  private _minimap(place: Place, marker: HTMLElement, go: (part: number) => void): HTMLElement {
    const covered = place.trace.coverage?.documents.find(each => each.source === place.source);
    const map = el('div', {
      class: 'jp-RlmMinimap',
      role: 'img',
      'aria-label': this._trans.__('Lines looked at in the whole document'),
      title: this._trans.__('Lines looked at in the whole document: click to go there')
    });
    map.addEventListener('click', event => {
      const box = map.getBoundingClientRect();
      go((event.clientY - box.top) / Math.max(1, box.height));
    });
    if (covered) {
      map.append(coverageStrip(covered, 'down'));
    }
    map.append(marker);
    return map;
  }

  private _excerpts(place: Place, missing: Missing, path: string): HTMLElement[] {
    const { trace, source, line } = place;
    const trans = this._trans;
    const reasons: Record<Missing, string> = {
      'no-file': trans.__(
        'There is no such file below this server’s folder: these are the excerpts that the trace keeps.'
      ),
      converted: trans.__(
        '%1 was converted to text for the run: these are the excerpts that the trace keeps.',
        oneLine(path, 200)
      ),
      'too-large': trans.__(
        '%1 is too large to be shown here: these are the excerpts that the trace keeps.',
        oneLine(path, 200)
      ),
      'not-decoded': trans.__(
        '%1 is not text in the encoding that the trace names: these are the excerpts that it keeps.',
        oneLine(path, 200)
      )
    };
    const rows = knownLines(trace, source, line).map(each =>
      el(
        'div',
        { class: `jp-RlmLine${each.line === line ? ' jp-mod-chosen' : ''}`, 'data-line': each.line },
        el('span', { class: 'jp-RlmLine-number' }, String(each.line)),
        el(
          'span',
          { class: 'jp-RlmLine-text' },
          each.text === null ? trans.__('(this line is not in the trace)') : this._line(each.text)
        )
      )
    );
    const looked = lookedAt(trace, source, line).slice(0, 20);
    const outputs = looked.map(({ iteration, span }) =>
      el(
        'section',
        {},
        el(
          'div',
          { class: 'jp-RlmLabel' },
          trans.__(
            'Iteration %1 was handed lines %2 to %3 by %4; its output:',
            iteration.index,
            span.start,
            span.end,
            oneLine(span.tool, 40)
          )
        ),
        el('pre', { class: 'jp-RlmOutput' }, ...marked(iteration.output.slice(0, 8_000)))
      )
    );
    const hash = trans.__('? The SHA-256 cannot be checked without the file.');
    return [
      el('div', { class: 'jp-RlmNotice' }, reasons[missing]),
      el('div', { class: 'jp-RlmNotice jp-RlmHash', 'data-hash': 'unknown', role: 'status' }, hash),
      el('div', { class: 'jp-RlmInspector-excerpts' }, ...rows, ...outputs)
    ];
  }

  private readonly _body = el('div', { class: 'jp-RlmInspector-body' });
  private _list: VirtualList | null = null;
  private _opening = 0;
}

/** The trace's entry for the document of a place; where there is only one document, that one. */
function documentOf({ trace, source }: Place): DocumentInfo | null {
  const named = trace.documents.find(info => info.name === source);
  return named ?? (trace.documents.length === 1 ? (trace.documents[0] as DocumentInfo) : null);
}
