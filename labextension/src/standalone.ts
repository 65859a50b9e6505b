/**
 * The view without JupyterLab: for the widget of a live run (an anywidget, in whatever front end shows one) and for the
 * HTML export, where the model stands in the page. It is built as one file and loads nothing.
 */

import type { Context } from './context';
import { el } from './dom';
import { Links } from './model/links';
import { clean } from './model/text';
import { RunState } from './model/runState';
import { readTrace } from './model/trace';
import type { Json, Trace } from './model/trace';
import css from './style/index.css';
import { highlightPython } from './view/highlight';
import type { Actions } from './view/liveView';
import { TraceView } from './view/traceView';
import { problemSentence } from './view/words';

/** What stands in the place of a translation where there is none. */
const trans = {
  __: (text: string, ...args: unknown[]) => filled(text, args),
  _n: (one: string, many: string, n: number, ...args: unknown[]) => filled(n === 1 ? one : many, [n, ...args]),
  _p: (_context: string, text: string, ...args: unknown[]) => filled(text, args),
  _np: (_context: string, one: string, many: string, n: number, ...args: unknown[]) =>
    filled(n === 1 ? one : many, [n, ...args]),
  gettext: (text: string, ...args: unknown[]) => filled(text, args)
} as unknown as Context['trans'];

function filled(text: string, args: unknown[]): string {
  return text.replace(/%(\d+)/g, (found, digits: string) => {
    const given = args[Number(digits) - 1];
    return typeof given === 'string' || typeof given === 'number' ? String(given) : found;
  });
}

function contextFor(links: Links, note: (words: string) => void): Context {
  return {
    trans,
    links,
    // Without the documents, what the trace holds of a line is all that can be shown of it.
    inspect: ({ trace, source, line, endLine }) => note(placeText(trace, source, line, endLine)),
    highlight: (code, into) => {
      into.replaceChildren(...highlightPython(code));
      return Promise.resolve();
    },
    copy: text => void navigator.clipboard?.writeText(text),
    below: () => null,
    audits: () => null,
    besideParent: () => null,
    open: null
  };
}

function placeText(trace: Trace, source: string, line: number, endLine: number): string {
  const lines: string[] = [];
  for (let number = line; number <= Math.min(endLine, line + 20); number++) {
    const known = trace.evidence.find(item => item.source === source && item.line === number)?.text;
    const text = known ?? trace.lines.get(`${source}:${number}`);
    lines.push(text === undefined || text === null ? '' : `${number}  ${clean(text)}`);
  }
  const found = lines.filter(text => text !== '');
  const where = line === endLine ? `${source}, line ${line}` : `${source}, lines ${line} to ${endLine}`;
  return found.length > 0 ? `${where}:\n${found.join('\n')}` : `${where}: the line itself is not in this file.`;
}

/** One view of one run in an element; a later state of the run is given to `show`. */
export class StandaloneView {
  constructor(
    into: HTMLElement,
    private readonly _actions: Actions | null
  ) {
    const themed = getComputedStyle(document.documentElement).getPropertyValue('--jp-layout-color1').trim() !== '';
    into.classList.add('jp-RlmTrace');
    into.classList.toggle('jp-RlmTheme', !themed);
    this._note.hidden = true;
    into.replaceChildren(el('style', {}, css), this._body, this._note);
  }

  show(data: Json): void {
    const { trace, problem } = readTrace(data);
    if (!trace) {
      this._body.replaceChildren(el('div', { class: 'jp-RlmNotice' }, problemSentence(trans, problem)));
      return;
    }
    if (this._view && this._live && trace.live) {
      this._view.update(trace, data);
      return;
    }
    this._view?.dispose();
    this._live = trace.live !== null;
    const context = contextFor(this._links, words => this._say(words));
    this._view = new TraceView({ context, trace, data, notebook: '', actions: this._actions });
    this._body.replaceChildren(this._view.node);
  }

  dispose(): void {
    this._view?.dispose();
    this._view = null;
  }

  private _say(words: string): void {
    this._note.hidden = false;
    this._note.textContent = words;
    this._note.scrollIntoView({ block: 'nearest' });
  }

  private readonly _links = new Links();
  private readonly _body = el('div');
  private readonly _note = el('pre', { class: 'jp-RlmPane', role: 'status' });
  private _view: TraceView | null = null;
  private _live = false;
}

interface AnyModel {
  get: (name: string) => Json;
  on: (event: string, act: (...args: Json[]) => void) => void;
  off: (event: string, act: (...args: Json[]) => void) => void;
  send: (content: Json) => void;
}

/** The anywidget: its state `run` is the view model; messages bring what has changed since. */
function render({ model, el: into }: { model: AnyModel; el: HTMLElement }): () => void {
  const state = new RunState(model.get('run'));
  const view = new StandaloneView(into, {
    stop: () => model.send({ kind: 'stop' }),
    decide: (id, decision, rest = false) => model.send({ kind: 'decide', id, decision, rest })
  });
  const onMessage = (message: Json): void => {
    if (state.take(message)) {
      view.show(state.data);
    }
  };
  const onState = (): void => {
    state.take({ kind: 'whole', run: model.get('run') });
    view.show(state.data);
  };
  model.on('msg:custom', onMessage);
  model.on('change:run', onState);
  view.show(state.data);
  return () => {
    model.off('msg:custom', onMessage);
    model.off('change:run', onState);
    view.dispose();
  };
}

export default { render };

// In an exported page the model stands beside the place for it.
const place = typeof document === 'undefined' ? null : document.getElementById('rlm-run');
const text = place && document.getElementById('rlm-model')?.textContent;
if (place && text) {
  new StandaloneView(place, null).show(JSON.parse(text));
}
