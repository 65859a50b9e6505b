/**
 * Renders the display of a run in progress, which has the view model and the number of the comm that brings news of it.
 *
 * It listens to what the kernel tells everybody, so that it needs no answer of a kernel that is busy: it shows the run
 * where it is after a reload, in a second browser, and after a restart of the kernel what was. Each whole state is put
 * into the output, which is what a notebook keeps.
 */

import type { INotebookTracker } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime';
import { KernelMessage } from '@jupyterlab/services';
import type { Kernel } from '@jupyterlab/services';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { Context } from './context';
import { el } from './dom';
import { RunState } from './model/runState';
import { readTrace } from './model/trace';
import type { Json } from './model/trace';
import type { Actions } from './view/liveView';
import { TraceView } from './view/traceView';
import { problemSentence } from './view/words';

export const LIVE_MIME_TYPE = 'application/vnd.rlm.live.v1+json';

/** Lower than that of a widget's view, which the same display has for front ends without this extension. */
const RANK = -100;

/** The states of a kernel after which no run that it had goes on. */
const ENDING: string[] = ['restarting', 'autorestarting', 'terminating', 'dead'];

interface Display {
  run: Json;
  comm: string;
  display: string;
}

export class LiveRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(
    private readonly _context: Context,
    private readonly _notebooks: INotebookTracker | null
  ) {
    super();
    this.addClass('jp-RlmTrace');
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._model = model;
    const data = model.data[LIVE_MIME_TYPE] as Partial<Display> | undefined;
    if (data?.comm !== this._display.comm) {
      this._heard = this._ended = false;
    }
    this._display = {
      run: data?.run ?? null,
      comm: typeof data?.comm === 'string' ? data.comm : '',
      display: typeof data?.display === 'string' ? data.display : ''
    };
    if (!this._state || data?.run !== this._state.data) {
      this._state ??= new RunState(this._display.run);
      this._state.take({ kind: 'whole', run: this._display.run });
      this._draw();
    }
    this._connect();
    return Promise.resolve();
  }

  override dispose(): void {
    this._disconnect();
    this._view?.dispose();
    this._view = null;
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._connect();
  }

  private _draw(): void {
    const data = this._state?.data ?? null;
    const { trace, problem } = readTrace(data);
    if (!trace) {
      this.node.replaceChildren(el('div', { class: 'jp-RlmNotice' }, problemSentence(this._context.trans, problem)));
      return;
    }
    if (this._view) {
      this._view.update(trace, data);
      return;
    }
    const actions: Actions = {
      stop: () => void this._kernel?.interrupt(),
      decide: (id, decision, rest = false) => void this._tell({ kind: 'decide', id, decision, rest })
    };
    this._view = new TraceView({ context: this._context, trace, data, notebook: '', actions });
    this.node.replaceChildren(this._view.node);
    this._sayWhetherItRuns();
  }

  /** Only in the page can it be seen which notebook this is part of, and so which kernel. */
  private _connect(): void {
    const panel = this.isAttached ? this._notebooks?.find(each => each.content.node.contains(this.node)) : undefined;
    const session = panel?.sessionContext;
    if (session && session !== this._session) {
      this._disconnect();
      this._session = session;
      session.iopubMessage.connect(this._onMessage, this);
      session.statusChanged.connect(this._sayWhetherItRuns, this);
      session.kernelChanged.connect(this._sayWhetherItRuns, this);
    }
    this._sayWhetherItRuns();
  }

  private _disconnect(): void {
    this._session?.iopubMessage.disconnect(this._onMessage, this);
    this._session?.statusChanged.disconnect(this._sayWhetherItRuns, this);
    this._session?.kernelChanged.disconnect(this._sayWhetherItRuns, this);
    this._session = null;
  }

  private get _kernel(): Kernel.IKernelConnection | null {
    return this._session?.session?.kernel ?? null;
  }

  private _onMessage(_: unknown, message: { header: { msg_type: string }; content: unknown }): void {
    const { msg_type: type } = message.header;
    if (type === 'comm_msg') {
      const { comm_id, data } = message.content as KernelMessage.ICommMsgMsg['content'];
      const content = comm_id === this._display.comm ? (data as { content?: Json }).content : undefined;
      // A kernel that ends has messages on their way still.
      if (content !== undefined && !this._ended && this._state?.take(content)) {
        this._heard = true;
        this._draw();
        if ((content as { kind?: Json }).kind === 'whole') {
          this._keep({ ...this._model?.data, [LIVE_MIME_TYPE]: { ...this._display, run: this._state.data } });
        }
      }
    } else if (type === 'update_display_data') {
      // The end of the run. Where another page has asked, nobody else puts it into this output.
      const { data, transient } = message.content as KernelMessage.IUpdateDisplayDataMsg['content'];
      if (transient.display_id === this._display.display) {
        this._end(data);
      }
    }
  }

  private _keep(data: Record<string, Json>): void {
    this._model?.setData({ data: data as Record<string, never> });
  }

  /** Put the result into the output itself, in place of the run in progress. */
  private _end(data: Record<string, Json>): void {
    this._disconnect();
    const panel = this._notebooks?.find(each => each.content.node.contains(this.node));
    const cell = panel?.content.widgets.find(each => each.node.contains(this.node));
    const outputs = (
      cell?.model as
        | { outputs?: { length: number; get(at: number): OutputModel; set(at: number, value: unknown): void } }
        | undefined
    )?.outputs;
    for (let at = 0; outputs && at < outputs.length; at++) {
      const shown = outputs.get(at).data[LIVE_MIME_TYPE] as Partial<Display> | undefined;
      if (shown?.display === this._display.display) {
        outputs.set(at, { output_type: 'display_data', data, metadata: {} });
        return;
      }
    }
  }

  private _sayWhetherItRuns(): void {
    const status = this._session?.session?.kernel?.status;
    const { trans } = this._context;
    this._ended ||= status !== undefined && ENDING.includes(status);
    if (this._ended || status === undefined || (status === 'idle' && !this._heard)) {
      this._view?.lost(
        status === undefined && !this._ended
          ? trans.__('Kept while the run was under way; no kernel is connected.')
          : trans.__('The kernel does not run it any more: this is the run as it was then.')
      );
    }
  }

  private async _tell(content: Json): Promise<void> {
    const kernel = this._kernel;
    if (!kernel) {
      return;
    }
    // A kernel that is busy with the run hears messages to a subshell alone.
    const subshell = await newSubshell(kernel);
    const message = KernelMessage.createMessage<KernelMessage.ICommMsgMsg<'shell'>>({
      msgType: 'comm_msg',
      channel: 'shell',
      session: kernel.clientId,
      username: kernel.username,
      content: { comm_id: this._display.comm, data: { method: 'custom', content: content as never } },
      ...(subshell ? { subshellId: subshell } : {})
    });
    kernel.sendShellMessage(message, false, true);
  }

  private _model: IRenderMime.IMimeModel | null = null;
  private _display: Display = { run: null, comm: '', display: '' };
  private _state: RunState | null = null;
  private _view: TraceView | null = null;
  private _session: NonNullable<ReturnType<INotebookTracker['find']>>['sessionContext'] | null = null;
  private _heard = false;
  private _ended = false;
}

interface OutputModel {
  data: Record<string, Json>;
}

async function newSubshell(kernel: Kernel.IKernelConnection): Promise<string | null> {
  const create = (kernel as Partial<Kernel.IKernelConnection>).requestCreateSubshell;
  if (!create) {
    return null;
  }
  try {
    const reply = await create.call(kernel, {}).done;
    return (reply.content as { subshell_id?: string }).subshell_id ?? null;
  } catch {
    return null;
  }
}

/** The factory that is put into the application's registry. */
export function liveFactory(context: Context, notebooks: INotebookTracker | null): IRenderMime.IRendererFactory {
  return {
    safe: true,
    mimeTypes: [LIVE_MIME_TYPE],
    defaultRank: RANK,
    createRenderer: () => new LiveRenderer(context, notebooks)
  };
}
