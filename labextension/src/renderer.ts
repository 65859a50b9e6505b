/** Renders an output (or a file) of our MIME type: the view of its trace, or one sentence where it is none. */

import type { IRenderMime } from '@jupyterlab/rendermime';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { Context } from './context';
import { el } from './dom';
import { clean } from './model/text';
import { MIME_TYPE, readTrace } from './model/trace';
import type { Json } from './model/trace';
import { TraceView } from './view/traceView';
import { problemSentence } from './view/words';

/** Lower than that of text/html (50), which our outputs also have for readers without this extension. */
const RANK = 40;

export class TraceRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(
    private readonly _context: Context,
    private readonly _notebook: string
  ) {
    super();
    this.addClass('jp-RlmTrace');
  }

  /** The trace's data as it came, for a view of its own. */
  get data(): Json {
    return this._data;
  }

  /** The same with the auditor's pass, for a view that is not beside it. */
  get dataWithAudit(): Json {
    const audit = this._view?.audit ?? null;
    const data = this._data as Record<string, Json>;
    return audit === null ? data : { ...data, view: { ...(data.view as object | undefined), audit } };
  }

  get notebook(): string {
    return this._notebook;
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const data = model.data[MIME_TYPE];
    if (data !== this._data || !this._view) {
      this.render(data, model.data['text/plain']);
    }
    return Promise.resolve();
  }

  /** Show the data of a trace; `fallback` is the text to show where it cannot be shown. */
  render(data: Json, fallback?: Json): void {
    this._view?.dispose();
    this._view = null;
    this._data = data;
    const reading = readTrace(data);
    if (reading.problem) {
      const sentence = el('div', { class: 'jp-RlmNotice' }, problemSentence(this._context.trans, reading.problem));
      const text = Array.isArray(fallback) ? fallback.join('') : fallback;
      this.node.replaceChildren(
        sentence,
        ...(typeof text === 'string' ? [el('pre', {}, clean(text.slice(0, 20_000)))] : [])
      );
      return;
    }
    const { open } = this._context;
    this._question = reading.trace.question;
    this._view = new TraceView({
      context: this._context,
      trace: reading.trace,
      data,
      notebook: this._notebook,
      open: open && !this.hasClass('jp-mod-full') ? () => open(this.node) : undefined
    });
    this.node.replaceChildren(this._view.node);
    this._place();
  }

  override dispose(): void {
    this._view?.dispose();
    this._view = null;
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._place();
  }

  /** Only in the page can it be seen which cell this is the output of. */
  private _place(): void {
    if (this.isAttached) {
      const below = this._context.below(this.node);
      this._view?.place(below, this._context.audits(this.node));
      const asked = below?.origin().source ?? '';
      this._view?.hideQuestion(this._question !== '' && asked.includes(this._question.trim()));
    }
  }

  private _view: TraceView | null = null;
  private _question = '';
  private _data: Json = null;
}

/** The factory that is put into the application's registry. */
export function rendererFactory(context: Context): IRenderMime.IRendererFactory {
  return {
    safe: true,
    mimeTypes: [MIME_TYPE],
    defaultRank: RANK,
    createRenderer: options => {
      const path = (options.resolver as { path?: unknown } | null)?.path;
      const renderer = new TraceRenderer(context, typeof path === 'string' ? path : '');
      renderers.set(renderer.node, renderer);
      return renderer;
    }
  };
}

const renderers = new WeakMap<Element, TraceRenderer>();

/** The renderer that an element belongs to, if any. */
export function rendererOf(element: Element | null): TraceRenderer | undefined {
  const node = element?.closest('.jp-RlmTrace');
  return node ? renderers.get(node) : undefined;
}
