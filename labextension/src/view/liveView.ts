/** The head of a run in progress: where it is, what it has cost against its limits, Stop, and the questions of step mode. */

import type { Context } from '../context';
import { button, el } from '../dom';
import { cleanCode, count, oneLine, seconds } from '../model/text';
import type { Asking, Trace } from '../model/trace';
import { limitsView } from './limitsView';
import { usageText } from './words';

/** What a front end can tell the run; null where it cannot be reached. */
export interface Actions {
  stop: () => void;
  /** Answer the question of step mode with this number: code to run (null: stop), `rest`: and all that follows. */
  decide: (id: number, decision: string | boolean | null, rest?: boolean) => void;
}

export class LiveView {
  readonly node: HTMLElement;

  constructor(
    private readonly _context: Context,
    private readonly _actions: Actions | null
  ) {
    const { trans } = _context;
    this._stop = button(trans.__('Stop'), () => this._onStop(), {
      title: trans.__('Stop this run and keep what it has found so far')
    });
    this.node = el(
      'div',
      { role: 'group', class: 'jp-RlmLive', 'aria-label': trans.__('Run in progress') },
      this._head,
      el('div', { class: 'jp-RlmLive-bar' }, this._state, this._stop),
      this._more,
      this._question
    );
  }

  /** Draw the state of the run. */
  update(trace: Trace): void {
    const { live } = trace;
    const { trans } = this._context;
    this.node.hidden = live === null;
    if (!live) {
      return;
    }
    this._head.replaceChildren(
      ...trace.notices.slice(0, 20).map(notice => el('div', { class: 'jp-RlmNotice' }, oneLine(notice, 600))),
      el('b', {}, oneLine(trace.question, 300))
    );
    const at = trace.iterations[trace.iterations.length - 1]?.index;
    const words = [
      at ? trans.__('iteration %1 of %2', count(at), count(live.maxIterations)) : '',
      oneLine(live.phase, 200),
      seconds(live.elapsed),
      usageText(trans, live.usage)
    ];
    const stops = live.canStop || !this._actions ? '' : trans.__('To stop it, interrupt the kernel.');
    this._state.textContent = [...words, stops].filter(word => word !== '').join(' · ');
    this._stop.hidden = !live.canStop || !this._actions;
    this._more.replaceChildren(
      ...(live.begun > 0
        ? [
            el(
              'div',
              {},
              el('progress', { 'aria-label': trans.__('sub-calls'), value: live.done, max: live.begun }),
              ` ${trans.__('sub-calls %1 of %2', count(live.done), count(live.begun))}`
            )
          ]
        : []),
      ...live.calls.map(call => el('div', { class: 'jp-RlmCard-facts' }, oneLine(call, 160))),
      ...live.waits.map(wait => el('div', { class: 'jp-RlmNotice' }, oneLine(wait, 300))),
      limitsView(this._context, trace, live)
    );
    this._ask(live.asking);
  }

  /** The kernel that runs it is gone. */
  end(words: string): void {
    this._stop.hidden = true;
    this._state.textContent = words;
    this._question.replaceChildren();
  }

  private _onStop(): void {
    this._stop.disabled = true;
    this._stop.textContent = this._context.trans.__('Stopping…');
    this._actions?.stop();
  }

  // Drawn once: what somebody is editing must stay.
  private _ask(asking: Asking | null): void {
    if (asking?.id === this._asked) {
      return;
    }
    this._asked = asking?.id;
    this._question.replaceChildren(...(asking && this._actions ? this._form(asking) : []));
    this._question.hidden = !asking;
  }

  private _form(asking: Asking): HTMLElement[] {
    const { trans } = this._context;
    const { id, code } = asking;
    const decide = (decision: string | boolean | null, rest = false): void => {
      this._question.replaceChildren();
      this._actions?.decide(id, decision, rest);
    };
    if (code === null) {
      return [
        el('div', {}, el('b', {}, trans.__('A large batch:')), ` ${oneLine(asking.batch, 600)}`),
        el(
          'div',
          { class: 'jp-RlmLive-bar' },
          button(trans.__('Go on'), () => decide(true), { title: trans.__('Send the batch') }),
          button(trans.__('Refuse'), () => decide(false), { title: trans.__('Do not send it; the code is told so') })
        )
      ];
    }
    const stop = button(trans.__('Stop'), () => decide(null), {
      title: trans.__('Stop this run and keep what it has found so far')
    });
    const shown = el('pre', { tabindex: '0', role: 'group', 'aria-label': trans.__('Code') });
    void this._context.highlight(cleanCode(code), shown);
    const title = el('div', {}, trans.__('Iteration %1 is about to run this code:', asking.iteration));
    const bar = el('div', { class: 'jp-RlmLive-bar' });
    const edit = (): void => {
      const field = el('textarea', {
        class: 'jp-RlmLive-edit',
        'aria-label': trans.__('Code'),
        rows: Math.min(Math.max(code.split('\n').length + 2, 4), 24),
        'data-lm-suppress-shortcuts': 'true',
        spellcheck: 'false'
      });
      field.value = code;
      shown.replaceWith(field);
      title.textContent = trans.__('Iteration %1 will run what you leave here:', asking.iteration);
      bar.replaceChildren(
        button(trans.__('Run'), () => decide(field.value), { title: trans.__('Run the code as it is now') }),
        button(trans.__('Back'), () => this._question.replaceChildren(...this._form(asking)), {
          title: trans.__('Forget the changes')
        }),
        stop
      );
      field.focus();
    };
    bar.append(
      button(trans.__('Run'), () => decide(code), { title: trans.__('Run this code') }),
      button(trans.__('Run the rest'), () => decide(code, true), {
        title: trans.__('Run this code and all that follows without a question; large batches are still asked about')
      }),
      button(trans.__('Edit'), edit, { title: trans.__('Change the code before it runs') }),
      stop
    );
    return [title, shown, bar];
  }

  private readonly _head = el('div');
  private readonly _state = el('div', { class: 'jp-RlmLive-state' });
  private readonly _more = el('div');
  private readonly _question = el('div', { class: 'jp-RlmLive-ask', hidden: true });
  private readonly _stop: HTMLButtonElement;
  private _asked: number | undefined;
}
